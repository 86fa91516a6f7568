namespace CxrAnnotate;

/// <summary>The recurrent cells that a context decoder can be made of.</summary>
public enum RecurrentCell
{
    /// <summary>Long short-term memory without peepholes (Hochreiter and Schmidhuber, 1997), forget bias 1.</summary>
    Lstm,

    /// <summary>Gated recurrent unit in its first form, the reset gate acting on the state before the matrix (Cho et al., 2014).</summary>
    Gru,
}

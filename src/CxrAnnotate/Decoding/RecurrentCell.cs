namespace CxrAnnotate;

/// <summary>The recurrent cells of a context decoder.</summary>
public enum RecurrentCell
{
    /// <summary>Long short-term memory without peepholes (Hochreiter and Schmidhuber, 1997), forget bias 1.</summary>
    Lstm,

    /// <summary>Gated recurrent unit in its original form, whose reset gate acts on the state before the matrix product (Cho et al., 2014).</summary>
    Gru,
}

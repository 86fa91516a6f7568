using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace CxrAnnotate;

/// <summary>A tensor of a pickle: a view of a storage, which lies elsewhere.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Offset">Its first number in the storage.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Stride">The numbers from one index to the next, for each dimension.</param>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Stride);

/// <summary>Numbers of one type that tensors of a pickle are views of.</summary>
/// <param name="Key">Its name in the archive.</param>
/// <param name="Type">The class of the storage, such as FloatStorage.</param>
internal sealed record PickledStorage(string Key, string Type);

/// <summary>A module of PyTorch that was pickled as a whole. Its state is what was in its dictionary; no code of it exists here.</summary>
internal sealed class PickledModule
{
    internal Dictionary<object, object?> State { get; } = [];
}

/// <summary>
/// Reads a pickle (protocol 2 to 5) as data. A pickle is a program for a small machine that may call any function of Python. This machine knows the
/// containers, numbers and texts, and of all functions only those by which PyTorch rebuilds tensors, ordered dictionaries and modules; none of them
/// is called: what they would make is made here as a plain value. Anything else is refused by its name.
/// </summary>
internal sealed class Pickle
{
    private const int DeepestStack = 1 << 20;

    private static readonly object _mark = new();

    private readonly byte[] _program;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<long, object?> _memo = [];
    private int _place;

    private Pickle(byte[] program) => _program = program;

    /// <summary>The value that a pickle describes.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or wants something made or called that is not known. The message names no
    /// file.</exception>
    internal static object? Read(byte[] program)
    {
        try
        {
            return new Pickle(program).Run();
        }
        catch (Exception e)
            when (e is InvalidCastException or ArgumentException or IndexOutOfRangeException or OverflowException or FormatException
                or InvalidOperationException or NullReferenceException)
        {
            throw new InvalidDataException(ErrorCode.WeightsUnreadable.Message("its pickle is damaged"), e);
        }
    }

    private object? Run()
    {
        while (true)
        {
            if (_stack.Count > DeepestStack)
                throw Damaged("it stacks more values than any model has");
            byte operation = Take(1)[0];
            switch ((char)operation)
            {
                case '\x80':
                    if (Take(1)[0] is not (>= 2 and <= 5))
                        throw Damaged("its protocol is not 2 to 5");
                    break;
                case '\x95':
                    Take(8);
                    break;
                case '.':
                    return Pop();
                case '(':
                    _stack.Add(_mark);
                    break;
                case '0':
                    Pop();
                    break;
                case '1':
                    PopToMark();
                    break;
                case 'N':
                    _stack.Add(null);
                    break;
                case '\x88':
                    _stack.Add(true);
                    break;
                case '\x89':
                    _stack.Add(false);
                    break;
                case 'K':
                    _stack.Add((long)Take(1)[0]);
                    break;
                case 'M':
                    _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                    break;
                case 'J':
                    _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                    break;
                case '\x8a':
                    _stack.Add(Long(Take(Take(1)[0])));
                    break;
                case 'G':
                    _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                    break;
                case 'X':
                    _stack.Add(Text(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                    break;
                case '\x8c':
                    _stack.Add(Text(Take(1)[0]));
                    break;
                case '\x8d':
                    _stack.Add(Text(BinaryPrimitives.ReadUInt64LittleEndian(Take(8))));
                    break;
                case 'U' or 'C':
                    _stack.Add(Take(Take(1)[0]).ToArray());
                    break;
                case 'T' or 'B':
                    _stack.Add(Take(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))).ToArray());
                    break;
                case ')':
                    _stack.Add(Array.Empty<object?>());
                    break;
                case '\x85':
                    _stack.Add(PopMany(1));
                    break;
                case '\x86':
                    _stack.Add(PopMany(2));
                    break;
                case '\x87':
                    _stack.Add(PopMany(3));
                    break;
                case 't':
                    _stack.Add(PopToMark());
                    break;
                case ']' or '\x8f':
                    _stack.Add(new List<object?>());
                    break;
                case 'a':
                    Append([Pop()]);
                    break;
                case 'e' or '\x90':
                    Append(PopToMark());
                    break;
                case 'l':
                    _stack.Add(new List<object?>(PopToMark()));
                    break;
                case '}':
                    _stack.Add(new Dictionary<object, object?>());
                    break;
                case 's':
                    SetItems(PopMany(2));
                    break;
                case 'u':
                    SetItems(PopToMark());
                    break;
                case 'd':
                    object?[] pairs = PopToMark();
                    _stack.Add(new Dictionary<object, object?>());
                    SetItems(pairs);
                    break;
                case 'q':
                    _memo[Take(1)[0]] = _stack[^1];
                    break;
                case 'r':
                    _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = _stack[^1];
                    break;
                case '\x94':
                    _memo[_memo.Count] = _stack[^1];
                    break;
                case 'h':
                    _stack.Add(Recall(Take(1)[0]));
                    break;
                case 'j':
                    _stack.Add(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                    break;
                case 'c':
                    string module = Line();
                    _stack.Add(Find(module, Line()));
                    break;
                case '\x93':
                    object?[] names = PopMany(2);
                    _stack.Add(Find((string)names[0]!, (string)names[1]!));
                    break;
                case 'Q':
                    _stack.Add(Storage((object?[])Pop()!));
                    break;
                case 'R' or '\x81':
                    object?[] call = PopMany(2);
                    _stack.Add(Make((Name)call[0]!, (object?[])call[1]!));
                    break;
                case 'b':
                    object? state = Pop();
                    Build(_stack[^1], state);
                    break;
                default:
                    throw Damaged($"the operation 0x{operation.ToString("X2", CultureInfo.InvariantCulture)} is none that models are written with");
            }
        }
    }

    /// <summary>A class or function by its name, if it is one of those that are known.</summary>
    private static Name Find(string module, string name)
    {
        string full = $"{module}.{name}";
        bool known =
            full
                is "torch._utils._rebuild_tensor_v2"
                    or "torch._utils._rebuild_tensor"
                    or "torch._utils._rebuild_parameter"
                    or "collections.OrderedDict"
                    or "torch.Size"
                    or "torch.device"
                    or "builtins.set"
                    or "__builtin__.set"
                    or "builtins.object"
                    or "__builtin__.object"
                    or "copy_reg._reconstructor"
                    or "copyreg._reconstructor"
            || (module == "torch" && name.EndsWith("Storage", StringComparison.Ordinal))
            || IsModule(full);
        return known
            ? new Name(full)
            : throw new InvalidDataException(
                ErrorCode.WeightsUnreadable.Message(
                    $"its pickle wants '{Shown(full)}', which is neither a tensor nor a container. Nothing of a pickle is run here. Save only the "
                        + "weights: torch.save(model.state_dict(), path)"
                )
            );
    }

    /// <summary>Classes of layers and networks. They are pickled as their attributes, which are data.</summary>
    private static bool IsModule(string name) =>
        name.StartsWith("torch.nn.modules.", StringComparison.Ordinal)
        || name.StartsWith("torchvision.models.", StringComparison.Ordinal)
        || name.StartsWith("torchxrayvision.models.", StringComparison.Ordinal);

    private static object Make(Name callee, object?[] arguments) =>
        callee.Full switch
        {
            "torch._utils._rebuild_tensor_v2" or "torch._utils._rebuild_tensor" => new PickledTensor(
                (PickledStorage)arguments[0]!,
                (long)arguments[1]!,
                Numbers(arguments[2]),
                Numbers(arguments[3])
            ),
            "torch._utils._rebuild_parameter" => (PickledTensor)arguments[0]!,
            "collections.OrderedDict" => Ordered(arguments),
            "torch.Size" or "torch.device" or "builtins.set" or "__builtin__.set" => new List<object?>(arguments),
            "copy_reg._reconstructor" or "copyreg._reconstructor" when arguments[0] is Name of && IsModule(of.Full) => new PickledModule(),
            var name when IsModule(name) => new PickledModule(),
            var name => throw new InvalidDataException(ErrorCode.WeightsUnreadable.Message($"its pickle wants '{Shown(name)}' called")),
        };

    private static Dictionary<object, object?> Ordered(object?[] arguments)
    {
        var made = new Dictionary<object, object?>();
        foreach (object? pair in arguments is [var pairs] ? (List<object?>)pairs! : [])
        {
            (object? key, object? value) = pair switch
            {
                object?[] { Length: 2 } tuple => (tuple[0], tuple[1]),
                List<object?> { Count: 2 } list => (list[0], list[1]),
                _ => throw Damaged("an ordered dictionary is not made of pairs"),
            };
            made[key!] = value;
        }

        return made;
    }

    /// <summary>('storage', class, key, device, numbers): what PyTorch keeps outside the pickle.</summary>
    private static PickledStorage Storage(object?[] id) =>
        id is ["storage", Name type, string key, ..]
            ? new PickledStorage(key, type.Full["torch.".Length..])
            : throw Damaged("something other than a storage is kept outside");

    private static void Build(object? target, object? state)
    {
        // With slots the state is a pair, its first the dictionary.
        object? attributes = state is object?[] { Length: 2 } pair ? pair[0] : state;
        if (target is Dictionary<object, object?>)
            // Attributes of an ordered dictionary: the versions of modules, in a state_dict.
            return;
        if (target is not PickledModule module || attributes is not Dictionary<object, object?> values)
            throw Damaged("a state is given to a value that has none");
        foreach (var (name, value) in values)
            module.State[name] = value;
    }

    private void Append(object?[] values)
    {
        if (_stack[^1] is not List<object?> list)
            throw Damaged("values are appended to something that is no list");
        list.AddRange(values);
    }

    private void SetItems(object?[] pairs)
    {
        if (_stack[^1] is not Dictionary<object, object?> dictionary || pairs.Length % 2 != 0)
            throw Damaged("items are set in something that is no dictionary");
        for (int i = 0; i < pairs.Length; i += 2)
            dictionary[pairs[i] ?? DBNull.Value] = pairs[i + 1];
    }

    private object? Pop()
    {
        object? top = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return ReferenceEquals(top, _mark) ? throw Damaged("a mark is taken for a value") : top;
    }

    private object?[] PopMany(int count)
    {
        object?[] values = [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return values.Contains(_mark) ? throw Damaged("a mark is taken for a value") : values;
    }

    private object?[] PopToMark()
    {
        int mark = _stack.FindLastIndex(value => ReferenceEquals(value, _mark));
        object?[] values = [.. _stack[(mark + 1)..]];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private object? Recall(long index) => _memo.TryGetValue(index, out object? value) ? value : throw Damaged("it recalls what it never kept");

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(_program.Length - _place))
            throw Damaged("it ends too early");
        ReadOnlySpan<byte> taken = _program.AsSpan(_place, (int)count);
        _place += (int)count;
        return taken;
    }

    private string Text(ulong length) => Encoding.UTF8.GetString(Take(length));

    private string Line()
    {
        int length = _program.AsSpan(_place).IndexOf((byte)'\n');
        if (length < 0)
            throw Damaged("it ends too early");
        string line = Text((ulong)length);
        _place++;
        return line;
    }

    /// <summary>A whole number of at most eight bytes, little endian, in two's complement; a longer one is no size of a tensor.</summary>
    private static object Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 8)
            return new System.Numerics.BigInteger(bytes);
        Span<byte> all = stackalloc byte[8];
        all.Fill(bytes.Length > 0 && bytes[^1] >= 0x80 ? (byte)0xFF : (byte)0);
        bytes.CopyTo(all);
        return BinaryPrimitives.ReadInt64LittleEndian(all);
    }

    private static long[] Numbers(object? value) =>
        value switch
        {
            object?[] tuple => [.. tuple.Cast<long>()],
            // A torch.Size, made of one tuple.
            List<object?> { Count: 1 } list when list[0] is object?[] sizes => [.. sizes.Cast<long>()],
            _ => throw Damaged("the shape of a tensor is no list of numbers"),
        };

    private static string Shown(string name) => new([.. name.Take(80).Select(c => char.IsControl(c) ? '?' : c)]);

    private static InvalidDataException Damaged(string reason) => new(ErrorCode.WeightsUnreadable.Message($"its pickle is damaged: {reason}"));

    /// <summary>The name of a class or function; nothing stands behind it.</summary>
    private sealed record Name(string Full);
}

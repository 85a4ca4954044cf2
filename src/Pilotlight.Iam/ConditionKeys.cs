namespace Pilotlight.Iam;

/// <summary>The value of a condition key in a request: none, one, or a list. An empty list counts as none.</summary>
public readonly struct ConditionValues
{
    readonly string? _one;
    readonly IReadOnlyList<string>? _many;

    public ConditionValues(string value) => _one = value;

    public ConditionValues(IReadOnlyList<string> values) => _many = values;

    public static ConditionValues None => default;

    public bool Exist => _one is not null || _many is { Count: > 0 };

    /// <summary>Whether the key is one that carries lists, such as <c>aws:TagKeys</c>, however many values it has here.</summary>
    public bool IsList => _many is not null;

    public int Count => _one is not null ? 1 : _many?.Count ?? 0;

    public string this[int index] => _one ?? _many![index];

    public static implicit operator ConditionValues(string value) => new(value);

    public static implicit operator ConditionValues(string[] values) => new(values);
}

/// <summary>
/// The condition keys of one request. A server looks them up in what it already has; tables serve simulations and tests. Key names
/// are compared whatever their case.
/// </summary>
public interface IConditionKeys
{
    /// <summary>The value of the key, <see cref="ConditionValues.None"/> when the request does not have it.</summary>
    ConditionValues Find(string key);
}

/// <summary>Condition keys in a table.</summary>
public sealed class ConditionTable : IConditionKeys
{
    public static readonly ConditionTable Empty = new();

    readonly Dictionary<string, ConditionValues> _values = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<string> Names => _values.Keys;

    /// <summary>For collection initialisers; a table is not changed after it was handed over.</summary>
    public ConditionValues this[string key]
    {
        get => Find(key);
        init => _values[key] = value;
    }

    public static ConditionTable From(IEnumerable<KeyValuePair<string, ConditionValues>> values)
    {
        var table = new ConditionTable();
        foreach (var (key, value) in values)
            table._values[key] = value;
        return table;
    }

    public ConditionValues Find(string key) => _values.GetValueOrDefault(key);
}

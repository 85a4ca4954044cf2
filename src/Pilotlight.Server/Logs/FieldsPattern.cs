using System.Text;

namespace Pilotlight.Logs;

/// <summary>
/// <c>[ip, user, ..., status = 4* &amp;&amp; status != 403, bytes &gt; 1000]</c>: the message split at white space, where brackets and
/// double quotes hold a field together. The number of fields must fit; <c>...</c> stands for any number of them.
/// </summary>
sealed class FieldsPattern : FilterPattern
{
    readonly List<Field> _before = [];
    readonly List<Field> _after = [];
    bool _hasEllipsis;

    public static FieldsPattern Parse(FilterReader reader)
    {
        var pattern = new FieldsPattern();
        if (reader.IsAtEnd)
            throw FilterReader.Invalid();
        do
        {
            if (reader.TryTake("..."))
            {
                if (pattern._hasEllipsis)
                    throw FilterReader.Invalid();
                pattern._hasEllipsis = true;
            }
            else
                (pattern._hasEllipsis ? pattern._after : pattern._before).Add(ReadField(reader));
        }
        while (reader.TryTake(","));
        return reader.IsAtEnd ? pattern : throw reader.Unexpected();
    }

    public override bool Matches(ReadOnlySpan<byte> message)
    {
        var fields = Split(Encoding.UTF8.GetString(message));
        var known = _before.Count + _after.Count;
        if (_hasEllipsis ? fields.Count < known : fields.Count != known)
            return false;
        for (var index = 0; index < _before.Count; index++)
        {
            if (!_before[index].Matches(fields[index]))
                return false;
        }

        for (var index = 0; index < _after.Count; index++)
        {
            if (!_after[index].Matches(fields[fields.Count - _after.Count + index]))
                return false;
        }

        return true;
    }

    /// <summary>A name, perhaps with conditions on it, or nothing at all (between two commas).</summary>
    static Field ReadField(FilterReader reader)
    {
        var name = reader.TryReadWhile(static c => FilterReader.IsWord(c) || c is '-' or '.' or '$' or '#');
        if (name is null)
            return new Field(null);
        return reader.IsAtEnd || reader.IsBefore(',') ? new Field(null) : new Field(ReadAny(reader, name, ReadComparison(reader)));
    }

    static Condition ReadAny(FilterReader reader, string name, Condition first)
    {
        var condition = ReadAll(reader, name, first);
        while (reader.TryTake("||"))
        {
            var (left, right) = (condition, ReadAll(reader, name, ReadOne(reader, name)));
            condition = text => left(text) || right(text);
        }

        return condition;
    }

    static Condition ReadAll(FilterReader reader, string name, Condition first)
    {
        var condition = first;
        while (reader.TryTake("&&"))
        {
            var (left, right) = (condition, ReadOne(reader, name));
            condition = text => left(text) && right(text);
        }

        return condition;
    }

    static Condition ReadOne(FilterReader reader, string name)
    {
        if (reader.TryTake("("))
        {
            reader.Enter();
            var inner = ReadAny(reader, name, ReadOne(reader, name));
            reader.Take(")");
            reader.Leave();
            return inner;
        }

        // A condition speaks of the field it stands at.
        return reader.TryTakeKeyword(name) ? ReadComparison(reader) : throw reader.Unexpected();
    }

    static Condition ReadComparison(FilterReader reader)
    {
        var @operator = FilterValue.ReadOperator(reader);
        var value = FilterValue.Read(reader);
        if (!value.CanOrder && @operator is not (FilterOperator.Equal or FilterOperator.NotEqual))
            throw FilterReader.Invalid();
        return text => value.Matches(@operator, text);
    }

    static List<string> Split(string message)
    {
        var fields = new List<string>();
        for (var at = 0; at < message.Length;)
        {
            if (char.IsWhiteSpace(message[at]))
            {
                at++;
                continue;
            }

            var close = message[at] switch { '[' => ']', '"' => '"', _ => '\0' };
            var end = close == '\0' ? -1 : message.IndexOf(close, at + 1);
            if (end > 0)
            {
                fields.Add(message[(at + 1)..end]);
                at = end + 1;
                continue;
            }

            end = at;
            while (end < message.Length && !char.IsWhiteSpace(message[end]))
                end++;
            fields.Add(message[at..end]);
            at = end;
        }

        return fields;
    }

    delegate bool Condition(string text);

    readonly record struct Field(Condition? Condition)
    {
        public bool Matches(string text) => Condition is null || Condition(text);
    }
}

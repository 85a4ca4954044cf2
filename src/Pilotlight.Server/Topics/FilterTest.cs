using System.Net;
using System.Text.Json;

namespace Pilotlight.Topics;

/// <summary>What may stand at one place of a message: a value, or an operator.</summary>
abstract class FilterTest
{
    FilterTest()
    {
    }

    public abstract bool Matches(FilterValue value);

    public sealed class Exactly(FilterValue wanted) : FilterTest
    {
        public FilterValue Value => wanted;

        public override bool Matches(FilterValue value) => value == wanted;
    }

    /// <summary>Decided by the place, not by what stands there.</summary>
    public sealed class Exists(bool wanted) : FilterTest
    {
        public bool Wanted => wanted;

        public override bool Matches(FilterValue value) => wanted;
    }

    public sealed class Text(Func<string, bool> test) : FilterTest
    {
        public override bool Matches(FilterValue value) => value.Text is { } text && test(text);

        public static Text Prefix(string wanted) => new(text => text.StartsWith(wanted, StringComparison.Ordinal));

        public static Text Suffix(string wanted) => new(text => text.EndsWith(wanted, StringComparison.Ordinal));

        public static Text IgnoringCase(string wanted) => new(text => text.Equals(wanted, StringComparison.OrdinalIgnoreCase));

        public static Text In(IPNetwork network) => new(text => IPAddress.TryParse(text, out var address) && network.Contains(address));
    }

    /// <summary>Between two bounds, each of which may count or not.</summary>
    public sealed class Range(double bottom, bool withBottom, double top, bool withTop) : FilterTest
    {
        public override bool Matches(FilterValue value) =>
            value.Kind == JsonValueKind.Number
            && (withBottom ? value.Number >= bottom : value.Number > bottom)
            && (withTop ? value.Number <= top : value.Number < top);
    }

    public sealed class AnythingBut(FilterTest[] refused) : FilterTest
    {
        public override bool Matches(FilterValue value) => !Array.Exists(refused, test => test.Matches(value));
    }
}

namespace Pilotlight.Authentication;

/// <summary>The shape of a region's name: words of small letters and a number, <c>eu-west-1</c>, <c>us-gov-east-1</c>.</summary>
static class RegionName
{
    const int MaxLength = 32;
    const int MinWords = 3;

    public static bool IsWellFormed(ReadOnlySpan<char> name)
    {
        if (name.Length > MaxLength)
            return false;
        var words = 1;
        for (var rest = name; ; words++)
        {
            var dash = rest.IndexOf('-');
            if (dash < 0)
                return words >= MinWords && rest.Length is 1 or 2 && !rest.ContainsAnyExceptInRange('0', '9');
            if (dash < 2 || rest[..dash].ContainsAnyExceptInRange('a', 'z'))
                return false;
            rest = rest[(dash + 1)..];
        }
    }
}

using System.Text.RegularExpressions;

namespace Pilotlight.HttpApis;

/// <summary>The address of an HTTP endpoint as an integration has it: path variables (<c>{proxy}</c>) behind the host, variables of the stage anywhere.</summary>
static partial class ProxyUri
{
    /// <summary>Whether it is one, whatever the variables of a stage and of a path will be.</summary>
    public static bool IsAddress(string? text)
    {
        if (text is null)
            return false;
        text = StageVariable().Replace(text, "x");
        // A path may not choose the host.
        var path = text.IndexOf('/', Math.Max(0, text.IndexOf("://", StringComparison.Ordinal)) + 3);
        return !(path < 0 ? text : text[..path]).Contains('{') && TryMake(PathVariable().Replace(text, "x"), "") is not null;
    }

    /// <summary>Null when what came of the variables is no address.</summary>
    /// <param name="parameters">Path parameters, as they were sent.</param>
    public static Uri? TryFill(string address, IReadOnlyDictionary<string, string> variables, IReadOnlyDictionary<string, string> parameters, string rawQuery)
    {
        address = FunctionUri.WithVariables(address, variables)!;
        // A variable of the stage may hold no path variables of its own in front of the path.
        if (!IsAddress(address))
            return null;
        return TryMake(PathVariable().Replace(address, match => parameters.GetValueOrDefault(match.Groups[1].Value, "").Replace("#", "%23", StringComparison.Ordinal)), rawQuery);
    }

    static Uri? TryMake(string text, string rawQuery)
    {
        if (rawQuery.Length > 0)
            text += (text.Contains('?') ? "&" : "?") + rawQuery.Replace("#", "%23", StringComparison.Ordinal);
        // As it was sent: what dots and escapes mean is the endpoint's affair, and may not lead out of the integration's path here.
        return Uri.TryCreate(text, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }, out var uri)
            && uri.Scheme is "http" or "https" && uri is { UserInfo.Length: 0, Host.Length: > 0 }
            ? uri
            : null;
    }

    [GeneratedRegex(@"\$\{stageVariables\.[a-zA-Z0-9_]{1,64}\}", RegexOptions.CultureInvariant)]
    private static partial Regex StageVariable();

    [GeneratedRegex(@"\{([^{}/]{1,128}?)\+?\}", RegexOptions.CultureInvariant)]
    private static partial Regex PathVariable();
}

using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Pilotlight.Functions;

/// <summary>
/// A container image as a request names it: <c>registry/repository[:tag][@sha256:digest]</c>. No registry is asked, so an image named
/// by its tag has a digest made of its name.
/// </summary>
readonly partial record struct ImageSource(string Uri, string Repository, string Digest)
{
    /// <exception cref="Api.AwsException">The text names no image.</exception>
    public static ImageSource Of(string uri)
    {
        if (uri.Length > 1024 || Form().Match(uri) is not { Success: true } match)
            throw FunctionErrors.SourceImageInvalid(uri).AsException();
        var digest = match.Groups["digest"] is { Success: true } given
            ? given.Value
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(uri)));
        return new ImageSource(uri, match.Groups["repository"].Value, digest);
    }

    /// <summary>The image by its digest.</summary>
    public string Resolved => $"{Repository}@sha256:{Digest}";

    [GeneratedRegex(
        @"\A(?<repository>[a-zA-Z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+)(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:(?<digest>[0-9a-f]{64}))?\z",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}

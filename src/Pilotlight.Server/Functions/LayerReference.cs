using System.Globalization;
using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>A layer, or one version of it, as a request names it: by name or by ARN.</summary>
/// <param name="Number">0 where no version was asked for.</param>
readonly record struct LayerReference(LayerKey Key, long Number)
{
    public string Arn => Number == 0 ? Key.Arn : $"{Key.Arn}:{Number}";

    public AwsError NotFound => AwsError.NotFound($"Layer version {Key.Arn}:{Number} does not exist.");

    /// <summary>From the path's <c>LayerName</c> and, if the route has one, <c>VersionNumber</c>.</summary>
    public static LayerReference Of(AwsRequest request) => new(
        KeyOf(request, request.Path("LayerName")),
        long.TryParse(request.Path("VersionNumber"), CultureInfo.InvariantCulture, out var number) ? number : 0);

    /// <summary>From the ARN of a layer, or of one of its versions; null when it is none.</summary>
    public static LayerReference? TryParse(string arn) => arn.Split(':') switch
    {
        ["arn", _, "lambda", var region, var account, "layer", var name] => new LayerReference(new LayerKey(account, region, name), 0),
        // A number that no version can have is a version that does not exist.
        ["arn", _, "lambda", var region, var account, "layer", var name, var version] => new LayerReference(
            new LayerKey(account, region, name), long.TryParse(version, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue),
        _ => null,
    };

    /// <summary>What authorization judges.</summary>
    public static string LayerOf(AwsRequest request) => KeyOf(request, request.Path("LayerName")).Arn;

    public static string VersionOf(AwsRequest request) => $"{LayerOf(request)}:{request.Path("VersionNumber")}";

    static LayerKey KeyOf(AwsRequest request, string name) => name.Split(':') is ["arn", _, _, var region, var account, _, var bare]
        ? new LayerKey(account, region, bare)
        : new LayerKey(request.AccountId, request.Region, name);
}

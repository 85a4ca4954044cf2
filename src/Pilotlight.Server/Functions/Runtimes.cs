using System.Security.Cryptography;
using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>AWS's runtime identifiers: those it takes, those it took once, and what it says of the others.</summary>
static class Runtimes
{
    /// <summary>In the order in which AWS lists them when a runtime is unknown.</summary>
    public static readonly string[] Supported =
    [
        "nodejs20.x", "python3.14", "provided.al2023", "python3.12", "python3.13", "nodejs24.x", "nodejs22.x", "java25", "python3.10",
        "python3.11", "java21", "ruby3.3", "ruby3.4", "ruby3.2", "python3.8", "python3.9", "java17", "nodejs16.x", "dotnet10", "dotnet8",
        "java11", "dotnet6", "nodejs18.x", "provided.al2", "java8.al2",
    ];

    static readonly string[] Retired =
    [
        "nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x", "java8", "python2.7",
        "python3.6", "python3.7", "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "go1.x", "ruby2.5", "ruby2.7", "provided",
    ];

    /// <summary>Newer than the recorded list of the error text, but in the model.</summary>
    static readonly string[] Unlisted = ["ruby4.0"];

    static readonly string[] SnapStart =
        ["java11", "java17", "java21", "java25", "python3.12", "python3.13", "python3.14", "dotnet8", "dotnet10"];

    static readonly string[] ManagedInstances =
        ["java21", "java25", "nodejs22.x", "nodejs24.x", "python3.13", "python3.14", "dotnet8", "dotnet10"];

    /// <summary>What a layer may also be meant for: functions that run on retired runtimes still do.</summary>
    public static readonly string[] OnlyForLayers = [.. Retired, .. Unlisted];

    public static bool SupportsManagedInstances(string runtime) => ManagedInstances.Contains(runtime);

    public static bool SupportsSnapStart(string runtime) => SnapStart.Contains(runtime);

    /// <summary>Null when functions can be made with it.</summary>
    public static AwsError? Refuse(string runtime)
    {
        if (Supported.Contains(runtime) || Unlisted.Contains(runtime))
            return null;
        return AwsError.InvalidParameter(Retired.Contains(runtime)
            ? $"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
                + "We recommend you use a supported runtime while creating or updating functions."
            : $"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
                + $"[{string.Join(", ", Supported)}] or be a valid ARN");
    }

    /// <summary>Names the runtime's version as AWS does: 64 hex digits, the same for everybody.</summary>
    public static string VersionArn(string region, string runtime) =>
        $"arn:aws:lambda:{region}::runtime:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(runtime)))}";
}

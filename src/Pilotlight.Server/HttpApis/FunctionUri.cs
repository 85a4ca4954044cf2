using System.Text.RegularExpressions;
using Pilotlight.Functions;

namespace Pilotlight.HttpApis;

/// <summary>A function that an API invokes.</summary>
sealed record ServedFunction(FunctionReference Reference)
{
    public string Arn { get; } = Reference.QualifiedArn;
}

/// <summary>The two forms in which API Gateway takes a function: its ARN, and the URI of its invocations.</summary>
static partial class FunctionUri
{
    /// <summary>Null when the text names no function.</summary>
    public static ServedFunction? TryRead(string? text)
    {
        if (text is null || Form().Match(text) is not { Success: true } match)
            return null;
        var qualifier = match.Groups["qualifier"];
        return new ServedFunction(new FunctionReference(
            match.Groups["account"].Value, match.Groups["region"].Value, match.Groups["name"].Value, qualifier.Success ? qualifier.Value : null));
    }

    /// <summary>Puts the stage's values for <c>${stageVariables.name}</c>.</summary>
    public static string? WithVariables(string? text, IReadOnlyDictionary<string, string> variables) =>
        text is null || !text.Contains("${") ? text : Variable().Replace(text, match => variables.GetValueOrDefault(match.Groups[1].Value, ""));

    /// <summary>Whether it is one, whatever the variables of a stage will be.</summary>
    public static bool IsFunction(string? text) => text is not null && TryRead(Variable().Replace(text, "x")) is not null;

    [GeneratedRegex(
        @"\A(?:arn:aws:apigateway:[a-z0-9-]+:lambda:path/2015-03-31/functions/)?arn:aws:lambda:(?<region>[a-z0-9-]{1,32}):(?<account>[0-9]{12}|x):function:(?<name>[a-zA-Z0-9_-]{1,140})(?::(?<qualifier>\$LATEST|[a-zA-Z0-9_-]{1,128}))?(?:/invocations)?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();

    [GeneratedRegex(@"\$\{stageVariables\.([a-zA-Z0-9_]{1,64})\}", RegexOptions.CultureInvariant)]
    private static partial Regex Variable();
}

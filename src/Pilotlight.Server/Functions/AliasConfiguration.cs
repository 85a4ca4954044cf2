using Pilotlight.Api;

namespace Pilotlight.Functions;

public sealed record AliasRoutingConfiguration(IReadOnlyDictionary<string, double>? AdditionalVersionWeights);

/// <summary>An alias as the API shows it.</summary>
public sealed record AliasConfiguration(
    string AliasArn, string Name, string FunctionVersion, string Description, AliasRoutingConfiguration? RoutingConfig, string RevisionId)
{
    public static AliasConfiguration Of(Alias alias, FunctionReference function) => new(
        $"{function.Arn}:{alias.Name}", alias.Name, alias.FunctionVersion, alias.Description,
        alias.Routing is { } routing
            ? new AliasRoutingConfiguration(new Dictionary<string, double> { [routing.Version] = routing.Weight })
            : null,
        alias.RevisionId);

    public static AwsResult Answer(Alias alias, FunctionReference function, int status = 200) =>
        AwsResult.Json(Of(alias, function), FunctionsJson.Wire.AliasConfiguration, status);
}

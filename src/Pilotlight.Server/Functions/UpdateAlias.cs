using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record UpdateAliasRequest(
    string? FunctionVersion, string? Description, AliasRoutingConfiguration? RoutingConfig, string? RevisionId);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html</summary>
static class UpdateAlias
{
    public static OperationModel Model { get; } = new(
        Path("FunctionName", LambdaShapes.FunctionName),
        Path("Name", LambdaShapes.Alias),
        Body("FunctionVersion", LambdaShapes.VersionWithLatestPublished),
        Body("Description", LambdaShapes.Description),
        Body("RoutingConfig", AliasRules.RoutingConfig),
        Body("RevisionId", LambdaShapes.Text));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out var reference) is { } refused)
            return refused;
        var name = request.Path("Name");
        var input = request.Read(FunctionsJson.Default.UpdateAliasRequest);
        var function = await catalog.ChangeAsync(reference.Key, current =>
        {
            if (current?.Aliases.GetValueOrDefault(name) is not { } alias)
                throw AliasErrors.NotFound($"{reference.Arn}:{name}").AsException();
            if (input.RevisionId is { Length: > 0 } expected && expected != alias.RevisionId)
                throw FunctionErrors.RevisionMismatch.AsException();
            return current with { Aliases = current.Aliases.SetItem(name, Changed(current, reference, alias, input)) };
        });
        return AliasConfiguration.Answer(function!.Aliases[name], reference);
    }

    /// <summary>Weights that are not mentioned stay, and must fit the new version. The revision is new even when nothing else is.</summary>
    static Alias Changed(Function function, FunctionReference reference, Alias alias, UpdateAliasRequest input)
    {
        var target = AliasRules.Target(function, reference, input.FunctionVersion ?? alias.FunctionVersion);
        var routing = input.RoutingConfig ?? (alias.Routing is { } kept
            ? new AliasRoutingConfiguration(new Dictionary<string, double> { [kept.Version] = kept.Weight })
            : null);
        return alias with
        {
            FunctionVersion = target.Version,
            Description = input.Description ?? alias.Description,
            Routing = AliasRules.Routing(function, reference, target, routing),
            RevisionId = FunctionStates.NewRevision(),
        };
    }
}

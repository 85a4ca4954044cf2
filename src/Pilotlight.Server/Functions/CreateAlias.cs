using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record CreateAliasRequest(
    string Name, string FunctionVersion, string? Description, AliasRoutingConfiguration? RoutingConfig);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html</summary>
static class CreateAlias
{
    public static OperationModel Model { get; } = new(
        Path("FunctionName", LambdaShapes.FunctionName),
        RequiredBody("Name", LambdaShapes.Alias),
        RequiredBody("FunctionVersion", LambdaShapes.VersionWithLatestPublished),
        Body("Description", LambdaShapes.Description),
        Body("RoutingConfig", AliasRules.RoutingConfig));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out var reference) is { } refused)
            return refused;
        var input = request.Read(FunctionsJson.Default.CreateAliasRequest);
        var function = await catalog.ChangeAsync(reference.Key, current =>
        {
            var target = AliasRules.Target(current, reference, input.FunctionVersion);
            if (current!.Aliases.ContainsKey(input.Name))
                throw AliasErrors.AlreadyExists($"{reference.Arn}:{input.Name}").AsException();
            var alias = new Alias
            {
                Name = input.Name,
                FunctionVersion = target.Version,
                Description = input.Description ?? "",
                Routing = AliasRules.Routing(current, reference, target, input.RoutingConfig),
                RevisionId = FunctionStates.NewRevision(),
            };
            return current with { Aliases = current.Aliases.Add(alias.Name, alias) };
        });
        return AliasConfiguration.Answer(function!.Aliases[input.Name], reference, 201);
    }
}

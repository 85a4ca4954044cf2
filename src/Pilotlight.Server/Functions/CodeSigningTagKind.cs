using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>The tags of code signing configurations.</summary>
sealed class CodeSigningTagKind(CodeSigningCatalog catalog) : ITaggedKind
{
    public string Name => "code-signing-config";

    public AwsError? Refuse(AwsRequest request, string arn) => null;

    public IReadOnlyDictionary<string, string> Read(AwsRequest request, string arn) => Require(request, catalog.Find(arn), arn).Tags;

    public Task ChangeAsync(
        AwsRequest request, string arn, Func<IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>> change) =>
        catalog.ChangeAsync(arn, current =>
        {
            var config = Require(request, current, arn);
            return config with { Tags = change(config.Tags) };
        });

    static CodeSigningConfig Require(AwsRequest request, CodeSigningConfig? config, string arn) =>
        config is { } found && found.AccountId == request.AccountId && found.Region == request.Region
            ? found
            : throw CodeSigningErrors.NotFound(arn).AsException();
}

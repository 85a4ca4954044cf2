using Pilotlight.Authorization;

namespace Pilotlight.Functions;

/// <summary>Code signing configurations as authorization sees them: tags, and no policies.</summary>
sealed class JudgedCodeSigningConfig(CodeSigningCatalog catalog) : IJudgedResource
{
    public string Service => "lambda";

    public string Kind => "code-signing-config";

    public IPolicyDocument? PolicyOf(string arn) => null;

    public IReadOnlyDictionary<string, string>? TagsOf(string arn) => catalog.Find(arn)?.Tags;
}

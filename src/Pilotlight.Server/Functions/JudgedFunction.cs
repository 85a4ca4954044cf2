using Pilotlight.Authorization;

namespace Pilotlight.Functions;

/// <summary>Functions as authorization sees them: each version and alias has a policy of its own, and all have the tags of their function.</summary>
sealed class JudgedFunction(FunctionCatalog catalog) : IJudgedResource
{
    public string Service => "lambda";

    public string Kind => "function";

    public IPolicyDocument? PolicyOf(string arn) =>
        Find(arn, out var name)?.PolicyOf(name.Qualifier);

    public IReadOnlyDictionary<string, string>? TagsOf(string arn) => Find(arn, out _)?.Tags;

    Function? Find(string arn, out FunctionName name)
    {
        name = FunctionName.Parse(arn);
        return name is { AccountId: { } account, Region: { } region } ? catalog.Find(new FunctionKey(account, region, name.Name)) : null;
    }
}

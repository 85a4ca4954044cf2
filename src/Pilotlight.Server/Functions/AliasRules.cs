using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>What an alias may point to, in AWS's order of checks.</summary>
static class AliasRules
{
    public static StructureShape RoutingConfig { get; } = new(
        "AliasRoutingConfiguration",
        ModelMember.Body("AdditionalVersionWeights", new MapShape(LambdaShapes.AdditionalVersion, LambdaShapes.Weight)));

    /// <exception cref="AwsException">The version does not exist.</exception>
    public static FunctionVersion Target(Function? function, FunctionReference reference, string version) =>
        function?.ShowVersion(version) ?? throw (reference with { Qualifier = version }).NotFound.AsException();

    /// <summary>Null when the alias has one version only.</summary>
    /// <exception cref="AwsException">These two versions cannot share an alias.</exception>
    public static AliasRouting? Routing(Function function, FunctionReference reference, FunctionVersion target, AliasRoutingConfiguration? requested)
    {
        if (requested?.AdditionalVersionWeights is not { Count: > 0 } weights)
            return null;
        if (weights.Count > 1)
            throw AliasErrors.TooManyWeights.AsException();
        var (version, weight) = weights.Single();
        if (version == target.Version)
            throw AliasErrors.SameVersion(version).AsException();
        if (!target.IsPublished)
            throw AliasErrors.LatestWithWeights.AsException();
        var second = Target(function, reference, version);
        if (second.Role != target.Role)
            throw AliasErrors.DifferentRoles.AsException();
        if (second.DeadLetterTargetArn != target.DeadLetterTargetArn)
            throw AliasErrors.DifferentDeadLetterQueues.AsException();
        return new AliasRouting(version, weight);
    }
}

/// <summary>AWS's words for what cannot be done with an alias.</summary>
static class AliasErrors
{
    public static AwsError AlreadyExists(string arn) => AwsError.Conflict($"Alias already exists: {arn}");

    /// <summary>GetAlias, and everything that names an alias as a qualifier.</summary>
    public static AwsError CannotFind(string arn) => AwsError.NotFound($"Cannot find alias arn: {arn}");

    /// <summary>UpdateAlias.</summary>
    public static AwsError NotFound(string arn) => AwsError.NotFound($"Alias not found: {arn}");

    public static AwsError TooManyWeights { get; } =
        AwsError.InvalidParameter("Number of items in AdditionalVersionWeights cannot be greater than 1");

    public static AwsError SameVersion(string version) => AwsError.InvalidParameter(
        $"Invalid function version {version}. Function version {version} is already included in routing configuration.");

    public static AwsError LatestWithWeights { get; } =
        AwsError.InvalidParameter("$LATEST is not supported for an alias pointing to more than 1 version").WithoutType();

    public static AwsError DifferentRoles { get; } =
        AwsError.InvalidParameter("Specified versions must be associated with the same execution role");

    /// <summary>The rule is AWS's, the words are ours, after those about the roles.</summary>
    public static AwsError DifferentDeadLetterQueues { get; } =
        AwsError.InvalidParameter("Specified versions must be associated with the same dead-letter queue");

    public static AwsError VersionInUse(IEnumerable<string> aliases) => AwsError.Conflict(
        $"Unable to delete version because the following aliases reference it: [{string.Join(", ", aliases)}]");
}

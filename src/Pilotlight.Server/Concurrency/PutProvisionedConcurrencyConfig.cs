using Pilotlight.Api;
using Pilotlight.Functions;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Concurrency;

public sealed record PutProvisionedConcurrencyConfigRequest(int ProvisionedConcurrentExecutions);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html</summary>
static class PutProvisionedConcurrencyConfig
{
    public static OperationModel Model { get; } = new(
        Query("Qualifier", LambdaShapes.Qualifier),
        Path("FunctionName", LambdaShapes.FunctionName),
        RequiredBody("ProvisionedConcurrentExecutions", LambdaShapes.PositiveInteger));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, ConcurrencyServices services)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return refused;
        if (reference.Qualifier is not { } qualifier || qualifier == FunctionVersion.Latest)
            return ConcurrencyErrors.UnpublishedProvisioned;
        var requested = request.Read(ConcurrencyJson.Default.PutProvisionedConcurrencyConfigRequest).ProvisionedConcurrentExecutions;
        var minimum = services.Options.EffectiveMinimum;
        var before = services.Catalog.Find(reference.Key);
        var after = await services.Changes.ChangeAsync(reference.Key, (function, available) =>
        {
            if (function is null || !function.Has(qualifier))
                throw ConcurrencyErrors.QualifierNotFound(reference).AsException();
            if ((RefuseAmount(function, qualifier, requested, available, minimum) ?? RefuseQualifier(function, qualifier)) is { } impossible)
                throw impossible.AsException();
            return function with
            {
                Provisioned = function.Provisioned.SetItem(qualifier, new ProvisionedConcurrency(requested, services.Time.GetUtcNow())),
            };
        });

        // What a change of an existing configuration finds is shown; a new one has nothing yet.
        var status = ProvisionedStatus.Of(after, qualifier, before?.Provisioned.ContainsKey(qualifier) == true ? services.Levels : static _ => default);
        return AwsResult.Json(status with { Status = "IN_PROGRESS", StatusReason = null }, ConcurrencyJson.Wire.ProvisionedStatus, 202);
    }

    /// <summary>Within the function's reservation if it has one, else within what no other function claims.</summary>
    static AwsError? RefuseAmount(Function function, string qualifier, int requested, int available, int minimum)
    {
        var others = function.TotalProvisioned - (function.Provisioned.GetValueOrDefault(qualifier)?.Requested ?? 0);
        if (function.ReservedConcurrency is { } reserved)
            return (long)others + requested > reserved ? ConcurrencyErrors.ProvisionedAboveReserved : null;
        var unreserved = available - others;
        if (requested > unreserved)
            return ConcurrencyErrors.ProvisionedAboveUnreserved(unreserved);
        return unreserved - requested < minimum ? ConcurrencyErrors.ProvisionedTooLarge(minimum) : null;
    }

    /// <summary>A version has its provisioned concurrency either itself or through aliases.</summary>
    static AwsError? RefuseQualifier(Function function, string qualifier)
    {
        if (function.Aliases.TryGetValue(qualifier, out var alias))
        {
            if (alias.FunctionVersion == FunctionVersion.Latest)
                return ConcurrencyErrors.UnpublishedProvisioned;
            if (function.Provisioned.ContainsKey(alias.FunctionVersion) || alias.Routing is { } routing && function.Provisioned.ContainsKey(routing.Version))
                return ConcurrencyErrors.VersionAlreadyProvisioned;
        }
        else if (function.Aliases.Values.Any(other =>
            (other.FunctionVersion == qualifier || other.Routing?.Version == qualifier) && function.Provisioned.ContainsKey(other.Name)))
        {
            return ConcurrencyErrors.AliasAlreadyProvisioned;
        }

        return function.Show(qualifier) switch
        {
            { HasSnapStart: true } => ConcurrencyErrors.ProvisionedWith("SnapStart enabled functions"),
            { Tenancy: not null } => ConcurrencyErrors.ProvisionedWith("functions with tenant isolation"),
            { CapacityProvider: not null } => ConcurrencyErrors.ProvisionedWith("functions on capacity providers"),
            _ => null,
        };
    }
}

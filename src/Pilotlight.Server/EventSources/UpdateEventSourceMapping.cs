using Pilotlight.Api;
using Pilotlight.Functions;

namespace Pilotlight.EventSources;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html</summary>
static class UpdateEventSourceMapping
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, EventSourceServices services)
    {
        var input = request.Read(EventSourcesJson.Default.MappingRequest);
        var scope = new MappingScope(request.AccountId, request.Region);
        if (input.FunctionName is { } name && MappingConditions.RefuseMove(request, name, services) is { } refused)
            return refused;
        var unreachable = await RefuseSourceAsync(request, input, services.Mappings.Find(scope, EventSourceServices.IdOf(request)), services);
        var updated = await services.Mappings.ChangeAsync(scope, EventSourceServices.IdOf(request), current =>
        {
            if (current is null)
                throw MappingErrors.NotFound.AsException();
            if (!current.IsSettled)
                throw MappingErrors.InUse.AsException();
            if (unreachable is not null)
                throw unreachable.AsException();
            return Changed(current, input, FunctionArn(request, input, current, services)) with { LastModified = services.Time.GetUtcNow() };
        });
        await services.Activator.SettleAsync(updated!);
        return AwsResult.Json(services.Show(updated!), EventSourcesJson.Wire.MappingConfiguration, 202);
    }

    /// <summary>As at creation, when it is another function that polls from now on, or when it begins to.</summary>
    static ValueTask<AwsError?> RefuseSourceAsync(AwsRequest request, MappingRequest input, EventSourceMapping? current, EventSourceServices services)
    {
        if (current is null || (input.FunctionName is null && (input.Enabled != true || current.IsEnabled)))
            return default;
        var named = FunctionName.Parse(input.FunctionName ?? current.FunctionArn);
        var function = new FunctionReference(named.AccountId ?? current.AccountId, named.Region ?? current.Region, named.Name, named.Qualifier);
        return services.RefuseSourceAsync(EventSourceKind.Named(current.Kind), current.Source, function, request.Aborted);
    }

    static EventSourceMapping Changed(EventSourceMapping current, MappingRequest input, string functionArn)
    {
        var kind = EventSourceKind.Named(current.Kind);
        MappingRules.RefuseSuccessDestination(input);
        var settings = MappingDefaults.Merge(kind, current.Settings, input);
        MappingRules.Check(kind, current.Source, settings);
        var enabled = input.Enabled ?? current.IsEnabled;
        return current with
        {
            FunctionArn = functionArn,
            Settings = settings,
            IsEnabled = enabled,
            State = enabled == current.IsEnabled ? "Updating" : enabled ? "Enabling" : "Disabling",
        };
    }

    static string FunctionArn(AwsRequest request, MappingRequest input, EventSourceMapping current, EventSourceServices services)
    {
        if (input.FunctionName is not { } name)
            return current.FunctionArn;
        if (MappedFunction.Resolve(request, name, services.Functions, out var function) is { } refused)
            throw refused.AsException();
        var known = services.Mappings.List(new MappingScope(current.AccountId, current.Region)).Values.FirstOrDefault(mapping =>
            mapping.Id != current.Id && mapping.FunctionArn == function.QualifiedArn && MappingRules.AreTheSame(mapping, current.Source));
        return known is null ? function.QualifiedArn : throw MappingErrors.Exists(known, EventSourceKind.Named(current.Kind), function.Name).AsException();
    }
}

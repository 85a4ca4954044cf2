using Pilotlight.Api;
using Pilotlight.Functions;

namespace Pilotlight.EventSources;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html</summary>
static class CreateEventSourceMapping
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, EventSourceServices services)
    {
        var input = request.Read(EventSourcesJson.Default.MappingRequest);
        var (kind, source) = MappingRules.SourceOf(input);
        MappingRules.Check(kind, source, input);
        if (MappedFunction.Resolve(request, input.FunctionName!, services.Functions, out var function) is { } refused)
            return refused;
        var id = Guid.NewGuid().ToString();
        if (input.Tags is { Count: > 0 }
            && services.Authorizer.Check(request, "lambda:TagResource", EventSourceMapping.ArnOf(request.Region, request.AccountId, id)) is { } untagged)
            return untagged;
        var unreachable = await services.RefuseSourceAsync(kind, source, function, request.Aborted);
        var tags = FunctionTags.Merge(new Dictionary<string, string>(), input.Tags);
        var added = await services.Mappings.AddAsync(new MappingScope(request.AccountId, request.Region), mappings =>
        {
            var known = mappings.FirstOrDefault(mapping => mapping.FunctionArn == function.QualifiedArn && MappingRules.AreTheSame(mapping, source));
            if (known is not null)
                throw MappingErrors.Exists(known, kind, function.Name).AsException();
            if (unreachable is not null)
                throw unreachable.AsException();
            var enabled = input.Enabled ?? true;
            return new EventSourceMapping
            {
                AccountId = request.AccountId,
                Region = request.Region,
                Id = id,
                FunctionArn = function.QualifiedArn,
                Kind = kind.Name,
                Source = source,
                Settings = MappingDefaults.Complete(kind, input),
                IsEnabled = enabled,
                // A queue that nobody is to poll yet needs no preparation: AWS is done with it at once.
                State = kind.IsQueue && !enabled ? "Disabled" : "Creating",
                LastModified = services.Time.GetUtcNow(),
                Tags = tags,
            };
        });
        await services.Activator.SettleAsync(added);
        return AwsResult.Json(services.Show(added), EventSourcesJson.Wire.MappingConfiguration, 202);
    }
}

/// <summary>The function that a mapping names in its body: one that does not exist is a bad parameter there, and nothing not found.</summary>
static class MappedFunction
{
    public static AwsError? Resolve(AwsRequest request, string name, FunctionCatalog functions, out FunctionReference reference)
    {
        if (FunctionName.Resolve(request, name, null, out reference) is { } refused)
            return refused;
        return functions.Find(reference.Key)?.Has(reference.Qualifier) == true ? null : MappingErrors.NoFunction;
    }
}

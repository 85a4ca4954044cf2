using Pilotlight.Api;
using Pilotlight.Functions;
using Pilotlight.Iam;

namespace Pilotlight.EventSources;

/// <summary><c>lambda:FunctionArn</c>: the function that a new mapping names, and that of the mapping which an operation shows, changes or deletes.</summary>
static class MappingConditions
{
    const string FunctionArn = "lambda:FunctionArn";

    public static ConditionValues Find(AwsRequest request, string key, EventSourceServices services)
    {
        if (request.Path("UUID").Length == 0)
            return FunctionConditions.Find(request, key, services.Functions);
        return key.Equals(FunctionArn, StringComparison.OrdinalIgnoreCase)
            && services.Mappings.Find(new MappingScope(request.AccountId, request.Region), EventSourceServices.IdOf(request)) is { } mapping
                ? mapping.FunctionArn
                : ConditionValues.None;
    }

    /// <summary>A mapping may be given only to a function that the caller could change mappings of: else the condition would be a way around itself.</summary>
    public static AwsError? RefuseMove(AwsRequest request, string functionName, EventSourceServices services)
    {
        var function = FunctionName.ResourceOf(request, functionName, null);
        return services.Authorizer.Check(
            request, request.Operation.Action!, request.Operation.Resource(request),
            key => key.Equals(FunctionArn, StringComparison.OrdinalIgnoreCase) ? function : ConditionValues.None);
    }
}

using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>What every change to <c>$LATEST</c> checks first: that it is named, that it exists, and that nothing else is changing it.</summary>
static class ChangedFunction
{
    public static AwsError? Resolve(AwsRequest request, out FunctionReference reference)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out reference) is { } refused)
            return refused;
        return reference.Qualifier is null or FunctionVersion.Latest ? null : FunctionErrors.OnlyLatestChanges;
    }

    /// <exception cref="AwsException">There is no such function, it is changing, or it is not the revision that the caller knows.</exception>
    public static Function Require(Function? current, FunctionReference reference, string? revisionId)
    {
        if (current is null)
            throw reference.NotFoundUnqualified.AsException();
        return FunctionStates.RefuseChange(current, revisionId) is { } refused ? throw refused.AsException() : current;
    }
}

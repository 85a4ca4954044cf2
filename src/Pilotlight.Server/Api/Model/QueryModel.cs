namespace Pilotlight.Api;

/// <summary>The input of one operation of the query protocol: members of a form, lists as <c>X.member.N</c>.</summary>
public sealed class QueryModel(params IReadOnlyList<ModelMember> members)
{
    public static QueryModel Empty { get; } = new();

    /// <summary>Null when the request is well formed; else a ValidationError, as AWS words it.</summary>
    public AwsError? Validate(AwsRequest request)
    {
        var check = new ModelCheck { HidesValues = request.Operation.Service == AwsService.Iam };
        try
        {
            foreach (var member in members)
                check.Form(member, member.Name, member.ErrorName, request.Form);
        }
        catch (AwsException refused)
        {
            return refused.Error with { Code = "MalformedInput" };
        }

        return check.Error is { } error ? error with { Code = "ValidationError" } : null;
    }
}

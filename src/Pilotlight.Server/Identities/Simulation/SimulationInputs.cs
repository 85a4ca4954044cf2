using Pilotlight.Api;
using Pilotlight.Iam;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>The members that the simulating operations share.</summary>
static class SimulationInputs
{
    static readonly StringShape s_action = new() { Min = 3, Max = 128 };
    static readonly StringShape s_resource = new() { Min = 1, Max = 2048 };
    static readonly StringShape s_keyType = new()
    {
        Enum = ["string", "stringList", "numeric", "numericList", "boolean", "booleanList", "ip", "ipList", "binary", "binaryList", "date", "dateList"],
    };

    public static readonly ModelMember Policies = Optional("PolicyInputList", new ListShape(Document));

    public static readonly ModelMember Source = Required("PolicySourceArn", Arn);

    public static QueryModel Simulating(params ReadOnlySpan<ModelMember> members) => Listing(
    [
        .. members,
        Optional("PermissionsBoundaryPolicyInputList", new ListShape(Document)),
        Optional("ActionNames", new ListShape(s_action)),
        Optional("ResourceArns", new ListShape(s_resource)),
        Optional("ResourcePolicy", Document),
        Optional("ResourceOwner", s_resource),
        Optional("CallerArn", s_resource),
        Optional("ContextEntries", new ListShape(new StructureShape(
            "ContextEntry",
            Optional("ContextKeyName", new StringShape { Min = 5, Max = 256 }),
            Optional("ContextKeyValues", new ListShape(IamShapes.Text)),
            Optional("ContextKeyType", s_keyType)))),
        Optional("ResourceHandlingOption", new StringShape { Min = 1, Max = 64 }),
    ]);

    /// <exception cref="AwsException">InvalidInput: one of them is no policy.</exception>
    public static IReadOnlyList<Policy> Documents(this IamRequest request, string name) =>
        [.. request.Texts(name).Select((text, index) => Parse(text, PolicyKind.Identity, $"{name}.{index + 1}"))];

    public static Policy? BoundaryInput(this IamRequest request)
    {
        var boundaries = request.Documents("PermissionsBoundaryPolicyInputList");
        return boundaries.Count <= 1 ? boundaries.FirstOrDefault() : throw IamErrors.InvalidInput("Only one permissions boundary policy can be specified.").AsException();
    }

    public static ResourcePolicies ResourceInput(this IamRequest request) =>
        ResourcePolicies.Of(request.Text("ResourcePolicy") is { } text ? Parse(text, PolicyKind.Resource, "ResourcePolicy") : null);

    /// <summary>The user that the simulation pretends to be called by, or null.</summary>
    public static Principal? CallerInput(this IamRequest request, PrincipalCatalog principals)
    {
        if (request.Text("CallerArn") is not { } arn)
            return null;
        if (principals.FindByArn(arn) is { Principal: { Kind: PrincipalKind.User } known })
            return known;
        // A user who does not exist may be asked about all the same.
        var parts = arn.Split(':', 6);
        return parts is ["arn", _, "iam", "", { Length: 12 } account, { } name] && name.StartsWith("user/", StringComparison.Ordinal) && name.Length > 5
            ? new Principal { Kind = PrincipalKind.User, AccountId = account, Arn = arn, UserName = name[(name.LastIndexOf('/') + 1)..] }
            : throw IamErrors.InvalidInput("Only an IAM user can be specified as the CallerArn.").AsException();
    }

    static Policy Parse(string text, PolicyKind kind, string source) =>
        Policy.TryParse(text, kind, source, out var error) ?? throw IamErrors.InvalidInput(error!.Message).AsException();
}

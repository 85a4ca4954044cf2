using Pilotlight.Iam;

namespace Pilotlight.Api;

/// <summary>
/// One operation of one service: how it is reached, what IAM action it requires, how its input is validated, and what answers it.
/// An operation that names neither an action nor <see cref="RequiresNothing"/> is refused at start.
/// </summary>
public sealed class AwsOperation(AwsService service, string name, Func<AwsRequest, ValueTask<AwsResult>> handle)
{
    public AwsService Service { get; } = service;

    public string Name { get; } = name;

    public Func<AwsRequest, ValueTask<AwsResult>> Handle { get; } = handle;

    /// <summary>The IAM action, such as <c>lambda:GetFunction</c>.</summary>
    public string? Action { get; private set; }

    /// <summary>The ARN that the action is judged on.</summary>
    public Func<AwsRequest, string> Resource { get; private set; } = static _ => "*";

    /// <summary>The condition keys of the action beside the global ones: the value of one in a request, or none.</summary>
    public Func<AwsRequest, string, ConditionValues>? Conditions { get; private set; }

    /// <summary>What the caller must be allowed beside <see cref="Action"/>; a resource that is null needs nothing.</summary>
    public IReadOnlyList<(string Action, Func<AwsRequest, string?> Resource)> Further { get; private set; } = [];

    /// <summary>Any authenticated caller may (as for GetCallerIdentity).</summary>
    public bool RequiresNothing { get; private set; }

    /// <summary>No signature is looked at: what the request carries is its proof (a web identity's token). Its caller is nobody.</summary>
    public bool IsUnsigned { get; private set; }

    /// <summary>A request that nobody signed is judged too, as nobody's: the resource's policy may let everybody in.</summary>
    public bool IsOpenToAnonymous { get; private set; }

    /// <summary>The handler reads the body itself as it arrives, and proves it; nobody before it touches it.</summary>
    public bool StreamsBody { get; private set; }

    /// <summary>It names several resources, and its handler asks for <see cref="Action"/> on each.</summary>
    public bool IsJudgedByItsHandler { get; private set; }

    /// <summary>Checks the input against the AWS model; null when it is well formed.</summary>
    public Func<AwsRequest, AwsError?>? Validation { get; private set; }

    /// <summary>Largest request body in bytes.</summary>
    public long MaxBodyBytes { get; private set; } = 1024 * 1024;

    /// <summary>What a larger body is refused with; null for AWS's usual text.</summary>
    public Func<AwsError>? BodyTooLarge { get; private set; }

    (Func<AwsRequest, bool> When, string Action)? _instead;

    /// <summary>The action that this request needs.</summary>
    public string? ActionOf(AwsRequest request) => _instead is var (when, action) && when(request) ? action : Action;

    internal (string Name, string Value, AwsOperation Other)? Variant { get; private set; }

    /// <summary>The operation that a request of this route means: AWS tells some apart by a query parameter alone.</summary>
    public AwsOperation Choose(HttpContext http) =>
        Variant is var (name, value, other) && http.Request.Query[name] == value ? other : this;

    /// <summary>Another operation answers on the same method and path when this parameter stands in the query.</summary>
    public AwsOperation OrWhenQuery(string name, string value, AwsOperation other)
    {
        Variant = (name, value, other);
        return this;
    }

    public AwsOperation Requires(
        string action, Func<AwsRequest, string>? resource = null, Func<AwsRequest, string, ConditionValues>? conditions = null)
    {
        Action = action;
        Resource = resource ?? Resource;
        Conditions = conditions ?? Conditions;
        return this;
    }

    /// <summary>Names the condition keys of the action, after <see cref="Requires"/>.</summary>
    public AwsOperation WithConditions(Func<AwsRequest, string, ConditionValues> conditions)
    {
        Conditions = conditions;
        return this;
    }

    public AwsOperation AlsoRequires(string action, Func<AwsRequest, string?> resource)
    {
        Further = [.. Further, (action, resource)];
        return this;
    }

    /// <summary>Requests that mean more (a version of an object) need another action.</summary>
    public AwsOperation RequiresInstead(string action, Func<AwsRequest, bool> when)
    {
        _instead = (when, action);
        return this;
    }

    /// <summary>The handler asks for the action on each of the resources that the request names.</summary>
    public AwsOperation RequiresOfEach(string action)
    {
        Action = action;
        IsJudgedByItsHandler = true;
        return this;
    }

    public AwsOperation AcceptsAnonymous()
    {
        IsOpenToAnonymous = true;
        return this;
    }

    public AwsOperation StreamsItsBody()
    {
        StreamsBody = true;
        return this;
    }

    public AwsOperation AcceptsUnsigned()
    {
        IsUnsigned = true;
        return this;
    }

    public AwsOperation RequiresNoPermission()
    {
        RequiresNothing = true;
        return this;
    }

    /// <summary>
    /// An operation of the platform's own, for whoever runs it: while it is bound to loopback everybody on the machine, beyond that the
    /// first account.
    /// </summary>
    public AwsOperation IsTheOperators(bool boundToLoopback) => boundToLoopback
        ? RequiresNoPermission().AcceptsUnsigned()
        : Requires($"{Service.Name}:{Name}", static _ => "arn:aws:pilotlight::000000000000:platform");

    public AwsOperation Validates(Func<AwsRequest, AwsError?> validation)
    {
        Validation = validation;
        return this;
    }

    public AwsOperation LimitsBody(long bytes, Func<AwsError>? error = null)
    {
        MaxBodyBytes = bytes;
        BodyTooLarge = error;
        return this;
    }
}

using Microsoft.Extensions.Options;
using Pilotlight.Api;

namespace Pilotlight.Authorization;

/// <summary>
/// Judges whether a request's caller may do an action on a resource. The middleware asks for the action of the route; handlers ask
/// for what else their operation needs, such as <c>iam:PassRole</c>.
/// </summary>
public sealed partial class Authorizer(IOptions<IamOptions> options, ILogger<Authorizer> log)
{
    readonly IamMode _mode = options.Value.Mode;

    /// <summary>Null when the caller may, else AWS's refusal.</summary>
    public AwsError? Check(AwsRequest request, string action, string resource)
    {
        if (!request.IsAuthenticated)
            throw new InvalidOperationException("A request reached authorization without authentication.");
        var caller = request.Caller;
        var decision = FixedGrant.Decide(caller, action, resource);
        if (decision == AuthorizationDecision.Allowed)
            return null;
        if (_mode == IamMode.Audit)
        {
            WouldRefuse(caller.Arn, action, resource);
            return null;
        }

        return Refusal(request.Operation.Service.Protocol, caller, action, resource, decision);
    }

    static AwsError Refusal(AwsProtocol protocol, Caller caller, string action, string resource, AuthorizationDecision decision)
    {
        var policy = decision == AuthorizationDecision.NoResourcePolicy ? "resource-based" : "identity-based";
        var text = $"User: {caller.Arn} is not authorized to perform: {action} on resource: {resource} because no {policy} policy allows the {action} action";
        return protocol switch
        {
            AwsProtocol.Query or AwsProtocol.RestXml => new AwsError(403, "AccessDenied", text),
            AwsProtocol.Json10 or AwsProtocol.Json11 => new AwsError(400, "AccessDeniedException", text),
            _ => AwsError.AccessDenied(text),
        };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Iam:Mode audit: {Caller} would be refused {Action} on {Resource}")]
    partial void WouldRefuse(string caller, string action, string resource);
}

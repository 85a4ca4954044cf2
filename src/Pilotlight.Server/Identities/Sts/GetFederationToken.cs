using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html</summary>
static class GetFederationToken
{
    const int DefaultSeconds = 43_200;

    public static QueryModel Model { get; } = new(
    [
        RequiredBody("Name", StsShapes.UserName), .. StsShapes.SessionPolicies, Body("DurationSeconds", StsShapes.Duration), Body("Tags", IamShapes.Tags),
    ]);

    public static string ResourceOf(AwsRequest request) => $"arn:aws:sts::{request.AccountId}:federated-user/{request.Form["Name"]}";

    public static ValueTask<AwsResult> Handle(StsRequest request)
    {
        var (caller, name) = (request.Caller, request["Name"]);
        if (caller.IssuedAt is not null)
            return (AwsResult)StsErrors.AccessDenied("Cannot call GetFederationToken with session credentials");
        var limits = request.Limits(caller.AccountId);
        var credentials = request.Services.Sessions.Issue(new Session
        {
            Kind = SessionKind.Federated,
            AccountId = caller.AccountId,
            OfArn = caller.Arn,
            OfId = caller.PrincipalId,
            Name = name,
            ParentKeyId = caller.AccessKeyId,
            IssuedAt = request.Now,
            Expiration = request.Now + request.LongTermDuration(DefaultSeconds),
            Limits = limits,
        });
        return request.Answer(credentials, xml =>
        {
            xml.Structure("FederatedUser", xml =>
            {
                xml.Text("FederatedUserId", $"{caller.AccountId}:{name}");
                xml.Text("Arn", ResourceOf(request.Aws));
            });
            xml.Number("PackedPolicySize", limits.PackedPercent);
        });
    }
}

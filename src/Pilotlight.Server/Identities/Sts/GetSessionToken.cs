using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html</summary>
static class GetSessionToken
{
    const int DefaultSeconds = 43_200;

    public static QueryModel Model { get; } = new([Body("DurationSeconds", StsShapes.Duration), .. StsShapes.SecondFactor]);

    /// <summary>Needs no permission, but a long-term key: a session gives no other.</summary>
    public static ValueTask<AwsResult> Handle(StsRequest request)
    {
        var caller = request.Caller;
        if (caller.IssuedAt is not null)
            return (AwsResult)StsErrors.AccessDenied("Cannot call GetSessionToken with session credentials");
        if (request.Text("SerialNumber") is not null || request.Text("TokenCode") is not null)
            return (AwsResult)StsErrors.WrongSecondFactor;
        var credentials = request.Services.Sessions.Issue(new Session
        {
            Kind = SessionKind.Itself,
            AccountId = caller.AccountId,
            OfArn = caller.Arn,
            OfId = caller.PrincipalId,
            Name = "",
            ParentKeyId = caller.AccessKeyId,
            IssuedAt = request.Now,
            Expiration = request.Now + request.LongTermDuration(DefaultSeconds),
        });
        return request.Answer(credentials, static _ => { });
    }
}

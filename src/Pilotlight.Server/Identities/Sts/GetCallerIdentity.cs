using Pilotlight.Api;

namespace Pilotlight.Identities;

static class GetCallerIdentity
{
    public static ValueTask<AwsResult> Handle(AwsRequest request) => QueryAnswer.Of(
        request,
        ("Arn", request.Caller.Arn),
        ("UserId", request.Caller.UserId),
        ("Account", request.Caller.AccountId));
}

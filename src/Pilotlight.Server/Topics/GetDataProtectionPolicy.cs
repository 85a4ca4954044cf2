using Pilotlight.Api;

namespace Pilotlight.Topics;

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_GetDataProtectionPolicy.html: topics have none here, which is what AWS says of most of its own.</summary>
static class GetDataProtectionPolicy
{
    public static ValueTask<AwsResult> Handle(TopicRequest request)
    {
        request.Topic("ResourceArn");
        return QueryAnswer.Of(request.Request, ("DataProtectionPolicy", ""));
    }
}

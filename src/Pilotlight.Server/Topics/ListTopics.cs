using Pilotlight.Api;

namespace Pilotlight.Topics;

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html</summary>
static class ListTopics
{
    public static ValueTask<AwsResult> Handle(TopicRequest request)
    {
        var aws = request.Request;
        var (topics, next) = request.Page(request.Catalog.List(aws.AccountId, aws.Region), static state => state.Topic.Arn);
        return QueryAnswer.Of(aws, xml =>
        {
            xml.List("Topics", topics, static (xml, state) => xml.Text("TopicArn", state.Topic.Arn));
            xml.Text("NextToken", next);
        });
    }
}

using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Topics;

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_Publish.html</summary>
static class Publish
{
    public static QueryModel Model { get; } = new(RequiredBody("Message", TopicShapes.Text));

    /// <summary>What the permission is asked for.</summary>
    public static string ResourceOf(AwsRequest request) =>
        request.Form.GetValueOrDefault("TopicArn") ?? request.Form.GetValueOrDefault("TargetArn") ?? "*";

    public static async ValueTask<AwsResult> Handle(TopicRequest request)
    {
        var input = PublishInput.Read(request.Request, "", "");
        if (request.Text("PhoneNumber") is not null)
            return TopicErrors.Parameter("PhoneNumber Reason: SMS is not served by this platform");
        var parameter = request.Text("TopicArn") is null ? "TargetArn" : "TopicArn";
        if (request.Text(parameter) is not { } arn)
            return TopicErrors.Parameter("TopicArn or TargetArn Reason: no value for required parameter");
        if (arn.Contains(":endpoint/", StringComparison.Ordinal))
            return TopicErrors.Parameter("TargetArn Reason: No endpoint found for the target arn specified");
        var state = request.Topic(parameter);
        if (input.Bytes > PublishInput.MaxBytes)
            return TopicErrors.TooLong;
        input.CheckFor(state.Topic);
        var published = await request.Services.Publisher.PublishAsync(state, input);
        return QueryAnswer.Of(request.Request, ("MessageId", published.MessageId), ("SequenceNumber", published.SequenceNumber));
    }
}

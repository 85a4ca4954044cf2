using Pilotlight.Api;

namespace Pilotlight.Logs;

static class ListTagsForResource
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, LogStore store)
    {
        var input = new LogsInput(request);
        var arn = input.Required("resourceArn", input.Text("resourceArn", 1, 1011));
        input.RefuseInvalid();
        if (input.Scope.GroupName(arn) is not { } name || store.FindGroup(input.Scope, name) is not { } group)
            return AwsResult.Refused(LogsErrors.NoSuchGroup);
        return AwsResult.Json(new TagsOutput(store.ListTags(group)), LogsJson.Default.TagsOutput);
    }
}

using Pilotlight.Api;

namespace Pilotlight.Logs;

static class ListTagsLogGroup
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, LogStore store)
    {
        var input = new LogsInput(request);
        var name = input.GroupName();
        input.RefuseInvalid();
        if (store.FindGroup(input.Scope, name) is not { } group)
            return AwsResult.Refused(LogsErrors.NoSuchGroup);
        return AwsResult.Json(new TagsOutput(store.ListTags(group)), LogsJson.Default.TagsOutput);
    }
}

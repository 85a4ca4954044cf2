using Pilotlight.Api;

namespace Pilotlight.Logs;

static class DeleteRetentionPolicy
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store)
    {
        var input = new LogsInput(request);
        var name = input.GroupName();
        input.RefuseInvalid();
        return await store.SetRetentionAsync(input.Scope, name, null) is { } refused ? refused : AwsResult.Empty(200);
    }
}

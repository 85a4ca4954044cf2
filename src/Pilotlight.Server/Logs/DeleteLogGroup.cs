using Pilotlight.Api;

namespace Pilotlight.Logs;

static class DeleteLogGroup
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store, LogIngest ingest)
    {
        var input = new LogsInput(request);
        var name = input.GroupName();
        input.RefuseInvalid();
        // What was written before the deletion must not bring the group back after it.
        await ingest.FlushAsync(request.Aborted);
        return await store.DeleteGroupAsync(input.Scope, name) is { } refused ? refused : AwsResult.Empty(200);
    }
}

using Pilotlight.Api;

namespace Pilotlight.Logs;

static class CreateLogGroup
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store)
    {
        var input = new LogsInput(request);
        var group = new LogGroup
        {
            Id = 0,
            Name = input.GroupName(),
            CreatedMilliseconds = store.Now,
            KmsKeyId = input.Text("kmsKeyId", 0, 256),
            Class = input.Choice("logGroupClass", "STANDARD", "INFREQUENT_ACCESS", "DELIVERY") ?? "STANDARD",
        };
        var tags = input.Tags("tags") ?? [];
        input.RefuseInvalid();
        if (group.Name.StartsWith("aws/", StringComparison.OrdinalIgnoreCase))
            return LogsErrors.InvalidParameter("Log groups starting with AWS/ are reserved for AWS.");
        if (input.IsTrue("deletionProtectionEnabled"))
            return LogsErrors.InvalidParameter("Pilotlight does not support deletionProtectionEnabled.");
        return await store.CreateGroupAsync(input.Scope, group, tags) is { } refused ? refused : AwsResult.Empty(200);
    }
}

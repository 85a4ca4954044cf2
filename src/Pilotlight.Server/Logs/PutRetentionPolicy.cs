using System.Globalization;
using Pilotlight.Api;

namespace Pilotlight.Logs;

static class PutRetentionPolicy
{
    static readonly int[] Days =
        [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store)
    {
        var input = new LogsInput(request);
        var name = input.GroupName();
        var days = input.Number("retentionInDays", int.MinValue, int.MaxValue);
        if (days is null)
            input.ViolateNull("retentionInDays");
        else if (!Days.Contains((int)days))
            input.Violate(days.Value.ToString(CultureInfo.InvariantCulture), "retentionInDays",
                $"Member must satisfy enum value set: [{string.Join(", ", Days)}]");
        input.RefuseInvalid();
        return await store.SetRetentionAsync(input.Scope, name, (int)days!.Value) is { } refused ? refused : AwsResult.Empty(200);
    }
}

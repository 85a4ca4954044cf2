using Pilotlight.Api;
using Pilotlight.Patterns;

namespace Pilotlight.EventBuses;

static class ArchivePattern
{
    public static AwsError? Refuse(AwsRequest request)
    {
        try
        {
            if (request.Text("EventPattern") is { } pattern)
                EventPattern.Parse(pattern);
            return null;
        }
        catch (PatternException wrong)
        {
            return BusErrors.Pattern(wrong.Message);
        }
    }
}

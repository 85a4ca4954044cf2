using System.Text.Json;
using Pilotlight.Api;
using Pilotlight.Patterns;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html</summary>
static class TestEventPattern
{
    public static ValueTask<AwsResult> Handle(AwsRequest request)
    {
        EventPattern pattern;
        try
        {
            pattern = EventPattern.Parse(request.Required("EventPattern"));
        }
        catch (PatternException wrong)
        {
            return AwsResult.Refused(BusErrors.Pattern(wrong.Message));
        }

        if (BusEvent.Parse(System.Text.Encoding.UTF8.GetBytes(request.Required("Event"))) is not { ValueKind: JsonValueKind.Object } candidate)
            return AwsResult.Refused(BusErrors.Invalid("Event"));
        var matches = pattern.Matches(candidate);
        return BusAnswer.Of(writer => writer.WriteBoolean("Result", matches));
    }
}

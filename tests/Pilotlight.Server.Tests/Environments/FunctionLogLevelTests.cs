using System.Text;
using Pilotlight.Environments;

namespace Pilotlight.Tests.Environments;

public sealed class FunctionLogLevelTests
{
    [Theory]
    [InlineData("WARN", """{"level":"INFO","message":"m"}""", false)]
    [InlineData("WARN", """{"level":"WARN"}""", true)]
    [InlineData("WARN", """{"timestamp":"2025-01-01T00:00:00Z","level":"WARNING"}""", true)]
    [InlineData("FATAL", """{"level":"CRITICAL"}""", true)]
    [InlineData("ERROR", """{"log_level":"ERROR","errorMessage":"m"}""", true)]
    [InlineData("INFO", "plain text", true)]
    [InlineData("WARN", "plain text", false)]
    [InlineData("WARN", """{"level":"loud"}""", false)]
    [InlineData("DEBUG", """{"level":"trace"}""", false)]
    [InlineData("WARN", """{"nested":{"level":"ERROR"},"level":7}""", false)]
    [InlineData("WARN", "{not json", false)]
    [InlineData("TRACE", "{not json", true)]
    public void A_line_is_kept_from_its_level_on_and_counts_as_INFO_when_it_names_none(string least, string line, bool kept) =>
        Assert.Equal(kept, FunctionLogLevel.Of(least).Allows(Encoding.UTF8.GetBytes(line)));

    [Theory]
    [InlineData(4u, true)]
    [InlineData(3u, false)]
    [InlineData(0u, false)]
    [InlineData(7u, false)]
    public void A_frame_names_its_level_itself(uint level, bool kept) => Assert.Equal(kept, FunctionLogLevel.Of("WARN").Allows(level, "text"u8));
}

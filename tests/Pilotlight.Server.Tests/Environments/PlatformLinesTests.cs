using Pilotlight.Environments;

namespace Pilotlight.Tests.Environments;

public sealed class PlatformLinesTests
{
    [Fact]
    public void Report_of_a_warm_invocation_ends_with_a_tab() => Assert.Equal(
        "REPORT RequestId: r\tDuration: 2.90 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t\n",
        PlatformLines.ReportText(Report(2.9, null)));

    [Fact]
    public void Report_of_a_cold_start_bills_the_init() => Assert.Equal(
        "REPORT RequestId: r\tDuration: 3.01 ms\tBilled Duration: 114 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 110.10 ms\t\n",
        PlatformLines.ReportText(Report(3.01, 110.1)));

    [Fact]
    public void Report_of_a_timeout_says_so_last() => Assert.EndsWith(
        "\tInit Duration: 84.00 ms\tStatus: timeout\n", PlatformLines.ReportText(Report(3016.78, 84) with { Status = "timeout" }));

    [Fact]
    public void Report_of_a_crash_names_the_error_type() => Assert.EndsWith(
        "\tStatus: error\tError Type: Runtime.ExitError\n",
        PlatformLines.ReportText(Report(1, null) with { Status = "error", ErrorType = "Runtime.ExitError" }));

    [Theory]
    [InlineData(3016.78, 84.0, 3101)]
    [InlineData(0.001, null, 1)]
    [InlineData(3.0, null, 3)]
    public void Billed_duration_is_rounded_up(double milliseconds, double? init, long billed) =>
        Assert.Equal(billed, Report(milliseconds, init).BilledMilliseconds);

    static InvocationReport Report(double milliseconds, double? init) => new()
    {
        RequestId = "r",
        Duration = TimeSpan.FromMilliseconds(milliseconds),
        InitDuration = init is { } value ? TimeSpan.FromMilliseconds(value) : null,
        MemoryMegabytes = 128,
        MaxMemoryUsedMegabytes = 36,
    };
}

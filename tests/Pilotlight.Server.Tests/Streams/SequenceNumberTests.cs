using System.Globalization;
using Pilotlight.Streams;

namespace Pilotlight.Tests.Streams;

public sealed class SequenceNumberTests
{
    [Fact]
    public void A_number_is_read_back_as_it_was_written_and_looks_like_AWSs()
    {
        var number = new SequenceNumber(1_790_000_000, 17, 1_790_000_000_123_456, 1_790_000_001);
        var text = number.ToString();
        Assert.Equal(56, text.Length);
        Assert.StartsWith("49", text);
        Assert.Equal(number, SequenceNumber.TryParse(text));
        Assert.True(string.CompareOrdinal(text, (number with { Position = number.Position + 1 }).ToString()) < 0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1e5")]
    [InlineData("99999999999999999999999999999999999999999999999999999999")]
    [InlineData("49590338271490256608559692538361571095921575989136588899")]
    [InlineData("999999999999999999999999999999999999999999999999999999999999999999999999999999999999")]
    public void What_nobody_handed_out_is_none(string text) => Assert.Null(SequenceNumber.TryParse(text));

    [Fact]
    public void Iterators_are_read_back_and_damaged_ones_are_none()
    {
        var iterator = new ShardIterator(
            new StreamKey("000000000000", "us-east-1", new string('s', 128)), long.MaxValue, int.MaxValue, long.MaxValue, DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000));
        var text = iterator.ToString();
        Assert.True(text.Length <= 512);
        Assert.Equal(iterator, ShardIterator.TryParse(text));
        for (var at = 0; at < text.Length - 2; at++)
        {
            var damaged = text.ToCharArray();
            damaged[at] = damaged[at] == 'A' ? 'B' : 'A';
            Assert.NotEqual(iterator, ShardIterator.TryParse(new string(damaged)));
        }
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(5, 3)]
    [InlineData(3, 5)]
    [InlineData(7, 4)]
    [InlineData(4, 4)]
    public void Scaling_ends_with_equal_shards_that_cover_every_key(int from, int to)
    {
        var now = DateTimeOffset.UnixEpoch.AddYears(50);
        var stream = Resharding.WithShards(
            new DataStream { AccountId = "a", Region = "r", Name = "n", Status = DataStream.Active, Mode = DataStream.Provisioned, Created = now }, from, now);
        var scaled = new Resharding(Count: to).Apply(stream, now);
        var open = scaled.OpenShards.OrderBy(static shard => shard.FirstHash).ToList();
        Assert.Equal(to, open.Count);
        Assert.Equal((UInt128.Zero, UInt128.MaxValue), (open[0].FirstHash, open[^1].LastHash));
        for (var index = 1; index < to; index++)
            Assert.Equal(open[index - 1].LastHash + 1, open[index].FirstHash);
        Assert.Equal(scaled.Shards.Count, scaled.Shards.Select(static shard => shard.Index).Distinct().Count());
        Assert.All(scaled.Shards, shard => Assert.True(shard.Parent is not { } parent || parent < shard.Index));
        Assert.Equal("170141183460469231731687303715884105727", (UInt128.MaxValue / 2).ToString(CultureInfo.InvariantCulture));
    }
}

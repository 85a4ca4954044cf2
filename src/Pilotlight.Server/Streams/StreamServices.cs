using System.Globalization;
using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>What the operations of this slice work with.</summary>
sealed record StreamServices(
    StreamCatalog Catalog, RecordLog Log, StreamWriter Writer, StreamActivator Activator, StreamsOptions Options, TimeProvider Time)
{
    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Where the stream is that a request names.</summary>
    /// <exception cref="AwsException">It names none.</exception>
    public static StreamKey KeyOf(AwsRequest request) => StreamArn.KeyOf(request) ?? throw StreamsErrors.NoName.AsException();

    /// <exception cref="AwsException">There is no such stream.</exception>
    public DataStream Existing(AwsRequest request) => Existing(KeyOf(request));

    public DataStream Existing(StreamKey key) => Catalog.Find(key) ?? throw StreamsErrors.NoStream(key).AsException();

    /// <exception cref="AwsException">There is no such stream, or it takes and gives no records (yet, or any more).</exception>
    public DataStream Serving(StreamKey key) => Catalog.Find(key) is { IsServing: true } stream ? stream : throw StreamsErrors.NoStream(key).AsException();

    /// <summary>Changes a stream that exists.</summary>
    /// <exception cref="AwsException">It does not exist, or <paramref name="change"/> refuses.</exception>
    public async Task<DataStream> ChangeAsync(StreamKey key, Func<DataStream, DataStream> change) =>
        (await Catalog.ChangeAsync(key, stream => change(stream ?? throw StreamsErrors.NoStream(key).AsException())))!;

    /// <summary>As <see cref="ChangeAsync"/>, for what only an ACTIVE stream may have done to it, and is done a little later.</summary>
    public async Task<DataStream> UpdateAsync(StreamKey key, Func<DataStream, DataStream> change)
    {
        var updating = await ChangeAsync(key, stream => change(Active(stream)));
        await Activator.SettleAsync(key);
        return updating;
    }

    /// <exception cref="AwsException">It is not.</exception>
    public static DataStream Active(DataStream stream) =>
        stream.Status == DataStream.Active ? stream : throw StreamsErrors.NotActive(stream).AsException();

    /// <summary>Open shards of provisioned streams in an account and region.</summary>
    public int OpenShards(StreamKey key) => Catalog.List(key.AccountId, key.Region).Values
        .Where(static stream => stream.Mode == DataStream.Provisioned).Sum(static stream => stream.OpenShards.Count());

    /// <exception cref="AwsException">The account would have too many.</exception>
    public void RefuseShards(StreamKey key, int added)
    {
        var current = OpenShards(key);
        if (added > 0 && current + added > Options.ShardLimit)
            throw StreamsErrors.ShardLimit(key, current, Options.ShardLimit, added).AsException();
    }

    /// <summary>A time of a request: seconds since 1970, or a text.</summary>
    /// <exception cref="AwsException">It is none.</exception>
    public static DateTimeOffset? TimeOf(JsonElement? value)
    {
        if (value is not { ValueKind: not JsonValueKind.Null } json)
            return null;
        if (json.ValueKind == JsonValueKind.Number && json.TryGetDouble(out var seconds) && seconds is > -60_000_000_000 and < 253_402_300_800)
            return DateTimeOffset.UnixEpoch.AddMilliseconds(seconds * 1000);
        if (json.ValueKind == JsonValueKind.String
            && DateTimeOffset.TryParse(json.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return time;
        throw AwsError.Serialization("STRING_VALUE can not be converted to a Timestamp").AsException();
    }

    public static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;
}

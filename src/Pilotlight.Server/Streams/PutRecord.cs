using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html</summary>
static class PutRecord
{
    /// <summary>10 MiB as base64, and its surroundings.</summary>
    public const long MaxBodyBytes = 15 * 1024 * 1024;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        var key = StreamServices.KeyOf(request);
        var stream = services.Serving(key);
        var hash = StreamWriter.HashOf(input.PartitionKey!, input.ExplicitHashKey);
        if (RefuseSize(stream, input.Data!, input.PartitionKey!, "data") is { } tooLong)
            return tooLong;
        if (input.SequenceNumberForOrdering is { } ordering && IsInvalid(ordering, services.Now))
            return StreamsErrors.InvalidOrdering(ordering, key);
        var written = await services.Writer.PutAsync(stream, hash, input.PartitionKey!, input.Data!);
        if (written.Error is { } refused)
            return refused;
        return AwsResult.Json(
            new PutRecordOutput(written.Place!.Shard.Id, written.SequenceNumber, stream.KeyId is null ? "NONE" : "KMS"), StreamsJson.Wire.PutRecordOutput);
    }

    /// <summary>The key counts too, but AWS speaks of the data alone.</summary>
    public static AwsError? RefuseSize(DataStream stream, byte[] data, string partitionKey, string path)
    {
        var most = stream.MaxRecordKiB * 1024;
        return data.Length > most || data.Length + Encoding.UTF8.GetByteCount(partitionKey) > most + 256 ? StreamsErrors.DataTooLong(data.Length, path, most) : null;
    }

    /// <summary>Every record is ordered after those that were acknowledged; only numbers that cannot have been handed out are refused.</summary>
    static bool IsInvalid(string ordering, DateTimeOffset now) =>
        SequenceNumber.TryParse(ordering) is not { } number || number.ArrivedSeconds > now.ToUnixTimeSeconds() + 1;
}

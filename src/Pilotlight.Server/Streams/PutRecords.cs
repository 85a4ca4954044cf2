using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html: each record is taken or refused by itself.</summary>
static class PutRecords
{
    public const long MaxBodyBytes = 16 * 1024 * 1024;

    const long MaxRecordBytes = 10 * 1024 * 1024;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        var stream = services.Serving(StreamServices.KeyOf(request));
        var records = input.Records!;
        var hashes = new UInt128[records.Count];
        var bytes = 0L;
        for (var index = 0; index < records.Count; index++)
        {
            var record = records[index];
            hashes[index] = StreamWriter.HashOf(record.PartitionKey!, record.ExplicitHashKey);
            if (PutRecord.RefuseSize(stream, record.Data!, record.PartitionKey!, $"records.{index + 1}.member.data") is { } tooLong)
                return tooLong;
            bytes += record.Data!.Length + record.PartitionKey!.Length;
        }

        if (bytes > MaxRecordBytes)
            return StreamsErrors.RequestTooLong;
        // All are started before the first is awaited: one commit takes them, in their order.
        var writes = new Task<Written>[records.Count];
        for (var index = 0; index < writes.Length; index++)
            writes[index] = services.Writer.PutAsync(stream, hashes[index], records[index].PartitionKey!, records[index].Data!);
        var written = await Task.WhenAll(writes);
        return AwsResult.Json(
            new PutRecordsOutput(written.Count(static one => one.Error is not null), [.. written.Select(ResultOf)], stream.KeyId is null ? "NONE" : "KMS"),
            StreamsJson.Wire.PutRecordsOutput);
    }

    static PutRecordsResult ResultOf(Written written) => written.Error is { } error
        ? new PutRecordsResult(null, null, error.Code, error.Message)
        : new PutRecordsResult(written.SequenceNumber, written.Place!.Shard.Id, null, null);
}

using System.Security.Cryptography;
using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>What a session token says: which role is worn, under which name, for which function, until when.</summary>
sealed record RoleSession(string AccountId, string RoleArn, string SessionName, string? SourceFunctionArn, DateTimeOffset Expiration)
{
    public Caller CallerWith(string accessKeyId) => new()
    {
        AccountId = AccountId,
        Arn = $"arn:aws:sts::{AccountId}:assumed-role/{RoleName}/{SessionName}",
        UserId = $"{RoleId}:{SessionName}",
        Kind = CallerKind.AssumedRole,
        AccessKeyId = accessKeyId,
        RoleArn = RoleArn,
        SourceFunctionArn = SourceFunctionArn,
    };

    /// <summary>Without the role's path: AWS drops it from the ARN of a session.</summary>
    string RoleName => RoleArn[(RoleArn.LastIndexOf('/') + 1)..];

    /// <summary>Until roles are kept (the IAM issue), a role's unique id follows from its ARN.</summary>
    string RoleId => "AROA" + AccessKeyId.Base32(SHA256.HashData(Encoding.UTF8.GetBytes(RoleArn)).AsSpan(0, 15))[..17];

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Expiration.ToUnixTimeSeconds());
        writer.Write(AccountId);
        writer.Write(RoleArn);
        writer.Write(SessionName);
        writer.Write(SourceFunctionArn ?? "");
        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote. Only for bytes whose seal was intact.</summary>
    public static RoleSession FromBytes(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        var expiration = DateTimeOffset.FromUnixTimeSeconds(reader.ReadInt64());
        var (account, role, session, function) = (reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadString());
        return new RoleSession(account, role, session, function.Length == 0 ? null : function, expiration);
    }
}

/// <summary>Temporary credentials as they are handed out.</summary>
public sealed record SessionCredentials(string AccessKeyId, string SecretAccessKey, string SessionToken, DateTimeOffset Expiration)
{
    // The generated text would put the secret into whatever prints the record.
    public override string ToString() => AccessKeyId;
}

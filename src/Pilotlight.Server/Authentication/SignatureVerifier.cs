using System.Security.Cryptography;
using System.Text;
using Pilotlight.Api;
using Pilotlight.Identities;

namespace Pilotlight.Authentication;

/// <summary>
/// Verifies Signature V4, in the order in which AWS finds fault: form, time, scope, key, signature. On success the request has its
/// caller and region.
/// </summary>
public sealed partial class SignatureVerifier(
    CredentialCatalog credentials, SigningKeys signingKeys, TimeProvider time, ILogger<SignatureVerifier> log)
{
    internal const int MaxScopeChars = 64;
    const int HashHexLength = 64;

    static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);
    static readonly TimeSpan ClockToleranceOfS3 = TimeSpan.FromMinutes(15);

    /// <summary>The error to answer with, or null when the signature is good.</summary>
    public AwsError? Verify(AwsRequest request)
    {
        var service = request.Operation.Service;
        var errors = new AuthenticationErrors(service.Protocol);
        if (IsS3(request) && LegacyLink.IsIn(request.Http.Request))
            return VerifyLegacy(request, errors);
        if (SignatureClaim.Read(request.Http.Request, errors, out var claim) is { } incomplete)
            return incomplete;
        if ((CheckTime(claim, service.Protocol, errors) ?? CheckForm(ref claim, request.Http.Request, errors) ?? CheckScope(claim, service.Name, errors)) is { } refused)
            return refused;
        var found = credentials.Find(claim.AccessKeyId, claim.SessionToken);
        if (found.Credential is not { } credential)
            return found.Status == CredentialStatus.Expired ? errors.ExpiredCredential : errors.UnknownCredential;
        if (credential.IsWellKnown && WellKnownKey.Refusal(request.Http.Request) is { } reason)
        {
            RefusedWellKnownKey(reason);
            return errors.UnknownCredential;
        }

        var key = signingKeys.Of(credential, claim);
        if (IsS3(request))
        {
            if (VerifyS3(key.Bytes, request, claim, errors) is { } forged)
                return forged;
        }
        else if (!IsSignedWith(key.Bytes, request, claim))
            return errors.SignatureMismatch;
        signingKeys.Remember(claim, key);
        request.Caller = credential.Caller;
        request.Region = key.Region;
        request.IsAuthenticated = true;
        return null;
    }

    AwsError? VerifyLegacy(AwsRequest request, AuthenticationErrors errors)
    {
        var (credential, error) = LegacyLink.Verify(request, credentials, time.GetUtcNow());
        if (credential is null)
            return error;
        if (credential.IsWellKnown && WellKnownKey.Refusal(request.Http.Request) is { } reason)
        {
            RefusedWellKnownKey(reason);
            return errors.UnknownCredential;
        }

        if (PayloadProof.OfUnsigned(request.Http.Request) is not { } proof)
            return errors.SignatureMismatch;
        request.Http.Features.Set(proof);
        request.Caller = credential.Caller;
        request.IsAuthenticated = true;
        return request.Operation.StreamsBody ? null : proof.CheckWhole(request.Body.Span);
    }

    AwsError? CheckTime(scoped in SignatureClaim claim, AwsProtocol protocol, AuthenticationErrors errors)
    {
        var now = time.GetUtcNow();
        var age = now - claim.Time;
        var tolerance = protocol == AwsProtocol.RestXml ? ClockToleranceOfS3 : ClockTolerance;
        var window = claim.Lifetime ?? tolerance;
        if (age > window)
            return errors.OutOfTime(claim.Time, now, claim.Lifetime) ?? errors.Expired(claim.Timestamp, now, window);
        return age < -tolerance ? errors.OutOfTime(claim.Time, now, claim.Lifetime) ?? errors.NotYetCurrent(claim.Timestamp, now, tolerance) : null;
    }

    static AwsError? CheckForm(ref SignatureClaim claim, HttpRequest request, AuthenticationErrors errors)
    {
        if (!CanonicalRequest.SignsHost(claim.SignedHeaders))
            return errors.NotSigned("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
        if (!claim.ClaimedAlgorithm.SequenceEqual(SignatureClaim.Algorithm))
            return errors.Algorithm(claim.ClaimedAlgorithm);
        if (!claim.TrySplitCredential())
            return errors.Credential(claim.Credential);
        return CanonicalRequest.SignsEveryAmzHeader(request.Headers, claim.SignedHeaders)
            ? null
            : errors.NotSigned("There were headers present in the request which were not signed");
    }

    static AwsError? CheckScope(scoped in SignatureClaim claim, string service, AuthenticationErrors errors)
    {
        var day = claim.Timestamp.AsSpan(0, 8);
        var region = RegionName.IsWellFormed(claim.Region);
        if (region && claim.Service.SequenceEqual(service) && claim.Terminator is "aws4_request" && claim.Date.SequenceEqual(day))
            return null;
        return errors.WrongScope(
            (region ? "" : "Credential should be scoped to a valid region. ")
            + (claim.Service.SequenceEqual(service) ? "" : $"Credential should be scoped to correct service: '{service}'. ")
            + (claim.Terminator is "aws4_request"
                ? ""
                : $"Credential should be scoped with a valid terminator: 'aws4_request', not '{AuthenticationErrors.Quote(claim.Terminator)}'. ")
            + (claim.Date.SequenceEqual(day)
                ? ""
                : $"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{AuthenticationErrors.Quote(claim.Date)}' != '{day}', from '{claim.Timestamp}'."));
    }

    static bool IsSignedWith(byte[] key, AwsRequest request, scoped in SignatureClaim claim)
    {
        Span<byte> bodyHash = stackalloc byte[HashHexLength];
        if (claim.Signature.Length != HashHexLength || !TryHashBody(request, bodyHash, out var payloadHash))
            return false;
        Span<byte> expected = stackalloc byte[HashHexLength];
        Sign(key, request, claim, payloadHash, expected);
        // As text: a signature in capitals would be the same number, and AWS refuses it.
        Span<byte> given = stackalloc byte[HashHexLength];
        return Encoding.ASCII.GetBytes(claim.Signature, given) == HashHexLength && CryptographicOperations.FixedTimeEquals(expected, given);
    }

    internal static void Sign(byte[] key, AwsRequest request, scoped in SignatureClaim claim, ReadOnlySpan<byte> payloadHash, Span<byte> signatureHex)
    {
        var buffer = new ByteBuffer(stackalloc byte[2048]);
        try
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            CanonicalRequest.Write(ref buffer, request.Http.Request, claim, IsS3(request) ? PathForm.EncodedOnce : PathForm.EncodedTwice, payloadHash);
            SHA256.HashData(buffer.Written, hash);
            buffer.Truncate(0);
            buffer.Append("AWS4-HMAC-SHA256\n"u8);
            buffer.Append(claim.Timestamp);
            buffer.Append((byte)'\n');
            buffer.Append(claim.Scope);
            buffer.Append((byte)'\n');
            Convert.TryToHexStringLower(hash, signatureHex, out _);
            buffer.Append(signatureHex);
            HMACSHA256.HashData(key, buffer.Written, hash);
            Convert.TryToHexStringLower(hash, signatureHex, out _);
        }
        finally
        {
            buffer.Dispose();
        }
    }

    /// <summary>What stands for the body in the canonical request; false when the client declared a hash that the body has not.</summary>
    static bool TryHashBody(AwsRequest request, Span<byte> hex, out ReadOnlySpan<byte> payloadHash)
    {
        var declared = request.Http.Request.Headers["X-Amz-Content-Sha256"];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(request.Body.Span, hash);
        Convert.TryToHexStringLower(hash, hex, out _);
        payloadHash = hex;
        return declared.Count == 0 || declared.Count == 1 && Ascii.Equals(hex, declared[0]);
    }

    /// <summary>
    /// S3 signs what the head says about the body, so that a body may be proven while it is read: what it is proven by becomes a feature
    /// of the request. A body that was read already is proven here.
    /// </summary>
    static AwsError? VerifyS3(byte[] key, AwsRequest request, scoped in SignatureClaim claim, AuthenticationErrors errors)
    {
        var headers = request.Http.Request.Headers["X-Amz-Content-Sha256"];
        var declared = headers.Count > 0 ? headers.ToString()
            : claim.IsPresigned ? request.Query("X-Amz-Content-Sha256") ?? "UNSIGNED-PAYLOAD"
            : request.Operation.StreamsBody ? ""
            : Convert.ToHexStringLower(SHA256.HashData(request.Body.Span));
        if (declared.Length == 0)
            return new AwsError(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256");
        if (PayloadProof.FormOf(declared) is not { } form)
        {
            return new AwsError(
                400, "InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.") with
            {
                Members = [("ArgumentName", "x-amz-content-sha256"), ("ArgumentValue", AuthenticationErrors.Quote(declared))],
            };
        }

        Span<byte> expected = stackalloc byte[HashHexLength];
        Span<byte> given = stackalloc byte[HashHexLength];
        Sign(key, request, claim, Encoding.ASCII.GetBytes(declared), expected);
        if (claim.Signature.Length != HashHexLength || Encoding.UTF8.GetByteCount(claim.Signature) != HashHexLength
            || Encoding.UTF8.GetBytes(claim.Signature, given) != HashHexLength || !CryptographicOperations.FixedTimeEquals(expected, given))
            return errors.SignatureMismatch;
        var proof = new PayloadProof
        {
            Form = form,
            Hash = form == PayloadForm.Hashed ? declared : null,
            Key = key,
            Seed = claim.Signature.ToString(),
            Timestamp = claim.Timestamp,
            Scope = claim.Scope.ToString(),
        };
        request.Http.Features.Set(proof);
        return request.Operation.StreamsBody ? null : proof.CheckWhole(request.Body.Span);
    }

    /// <summary>S3 encodes paths once and lets payloads go unsigned; no other service does.</summary>
    static bool IsS3(AwsRequest request) => request.Operation.Service.Name == "s3";

    [LoggerMessage(Level = LogLevel.Warning, Message = "A request with the key test/test was refused: {Reason}. Use a key of its own there")]
    partial void RefusedWellKnownKey(string reason);
}

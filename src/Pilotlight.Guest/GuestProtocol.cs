namespace Pilotlight.Guest;

/// <summary>
/// What host and guest say to each other over the stream socket that is the guest's descriptor 3. This file is compiled into both.
/// </summary>
/// <remarks>
/// Every frame is <c>u32 length, u8 kind, length bytes of payload</c>; numbers are little-endian; a string is UTF-8 ended by NUL.
/// <code>
/// host to guest                                   guest to host
///   Start    u32 request, u16 args, u16 env,        Ready    u32 version             first frame, once; what it was built from
///            path, folder, args..., env...          Started  u32 request, i32 pid    execve has succeeded
///   StartAside   the same; writes to the            Failed   u32 request, u8 stage, i32 errno
///            second output pipe                     Exited   i32 pid, i32 code, i32 signal   after its Started
///   Signal   i32 pid, i32 signal
/// </code>
/// A guest that meets a bad frame ends, and everything inside with it. The host treats the guest's frames as hostile bytes:
/// a kind, a length or a value that is not possible here ends the sandbox.
/// </remarks>
static partial class GuestProtocol
{
    /// <summary>With this argument the guest writes its version in decimal to standard output, and ends.</summary>
    public const string TellVersion = "--version";

    public const int ControlDescriptor = 3;

    /// <summary>Where the guest finds the write end of the framed log pipe; its children get it as <see cref="ChildTelemetryDescriptor"/>.</summary>
    public const int TelemetryDescriptor = 4;
    public const int ChildTelemetryDescriptor = 62;

    /// <summary>Where the guest finds the write end of the second output pipe: standard output and error of what is started aside.</summary>
    public const int AsideDescriptor = 5;

    public const int HeaderLength = 5;
    public const int LargestHostPayload = 2 * 1024 * 1024;
    public const int LargestGuestPayload = 12;

    /// <summary>Threads the guest itself has, to be added to the limit of processes.</summary>
    public const int GuestThreads = 3;

    public const byte Start = 1;
    public const byte Signal = 2;
    public const byte StartAside = 3;
    public const byte Ready = 16;
    public const byte Started = 17;
    public const byte Failed = 18;
    public const byte Exited = 19;

    /// <summary>Stage of a <see cref="Failed"/>: the working folder could not be entered.</summary>
    public const byte FolderStage = 1;

    /// <summary>Stage of a <see cref="Failed"/>: the process could not be made (EAGAIN, ENOMEM) or the program not be executed.</summary>
    public const byte ExecuteStage = 2;

    public static int PayloadLength(byte kind) => kind switch
    {
        Ready => 4,
        Started => 8,
        Failed => 9,
        Exited => 12,
        _ => -1,
    };
}

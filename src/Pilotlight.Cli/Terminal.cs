using System.Text;
using Spectre.Console;

namespace Pilotlight.Cli;

/// <summary>Where results (<see cref="Out"/>) and everything else (<see cref="Error"/>) go, and what each end can show.</summary>
sealed class Terminal(TextWriter output, TextWriter error, TimeProvider time)
{
    public TextWriter Out { get; } = output;

    public TextWriter Error { get; } = error;

    public TimeProvider Time { get; } = time;

    public bool OutIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>False where <c>NO_COLOR</c> is set, or the terminal is a dumb one.</summary>
    public bool AllowsColour { get; init; }

    public Stream Input { get; init; } = Stream.Null;

    public static Terminal OfThisProcess() => new(Console.Out, Console.Error, TimeProvider.System)
    {
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        AllowsColour = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"),
        Input = Console.OpenStandardInput(),
    };

    /// <summary>A line on standard error.</summary>
    public void Say(string text) => Error.WriteLine(text);

    /// <summary>A line of a function's log on standard error: a function may not move the cursor of whoever runs it.</summary>
    public void Log(string text) => Error.WriteLine(ErrorIsTerminal ? Printable(text) : text);

    /// <summary>A grey line on standard error, where there is colour.</summary>
    public void Aside(string text) => Error.WriteLine(ErrorIsTerminal && AllowsColour ? $"\e[2m{Printable(text)}\e[0m" : text);

    /// <summary>A word in colour, on standard error.</summary>
    public string Emphasis(string text) => ErrorIsTerminal && AllowsColour ? $"\e[1;31m{text}\e[0m" : text;

    /// <summary>Shows that something is going on, until disposed; silent where nobody watches, or where it is over at once.</summary>
    public IDisposable Progress(string text) => ErrorIsTerminal && AllowsColour ? new Spinner(this, text) : Nothing.Instance;

    /// <summary>A table on standard output: columns as wide as they must be, no lines, no cut when it goes to a file.</summary>
    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table().NoBorder();
        foreach (var column in columns)
            table.AddColumn(new TableColumn($"[bold]{Markup.Escape(column)}[/]").NoWrap().PadRight(2));
        foreach (var row in rows)
            table.AddRow([.. row.Select(cell => (Spectre.Console.Rendering.IRenderable)new Text(Printable(cell)))]);
        var colour = OutIsTerminal && AllowsColour;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colour ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(Out),
        });
        if (!OutIsTerminal)
            console.Profile.Width = 1000;
        console.Write(table);
    }

    /// <summary>Keeps tabs and colours, drops every other control character.</summary>
    public static string Printable(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\x1f') && !text.AsSpan().ContainsAnyInRange('\x7f', '\x9f'))
            return text;
        var kept = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\e' && ColourLength(text.AsSpan(i)) is var length and > 0)
            {
                kept.Append(text, i, length);
                i += length - 1;
            }
            else if (!char.IsControl(text[i]) || text[i] is '\t' or '\n')
            {
                kept.Append(text[i]);
            }
        }

        return kept.ToString();
    }

    /// <summary>The length of a leading <c>ESC [ digits ; m</c>, else 0.</summary>
    static int ColourLength(ReadOnlySpan<char> text)
    {
        if (text.Length < 3 || text[1] != '[')
            return 0;
        var end = text[2..].IndexOfAnyExcept("0123456789;");
        return end >= 0 && text[2 + end] == 'm' ? end + 3 : 0;
    }

    sealed class Nothing : IDisposable
    {
        public static Nothing Instance { get; } = new();

        public void Dispose()
        {
        }
    }

    sealed class Spinner : IDisposable
    {
        static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);
        static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

        readonly Terminal _terminal;
        readonly string _text;
        readonly ITimer _timer;
        readonly Lock _gate = new();
        int _frame;
        bool _isOver;

        public Spinner(Terminal terminal, string text)
        {
            (_terminal, _text) = (terminal, text);
            _timer = terminal.Time.CreateTimer(static state => ((Spinner)state!).Draw(), this, Patience, Step);
        }

        public void Dispose()
        {
            _timer.Dispose();
            lock (_gate)
            {
                if (_frame > 0 && !_isOver)
                    _terminal.Error.Write("\r\e[K");
                _isOver = true;
            }
        }

        void Draw()
        {
            lock (_gate)
            {
                if (!_isOver)
                    _terminal.Error.Write($"\r\e[K{"⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[_frame++ % 10]} {_text} ...");
            }
        }
    }
}

namespace Plain;

public class Functions
{
    public Stream Echo(Stream input) => input;

    public string Text(string text) => text;

    public string Output() => "";

    public void Nothing()
    {
    }
}

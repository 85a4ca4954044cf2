package pilotlight.json;

import java.nio.charset.StandardCharsets;

/** Writes JSON text. The caller keeps the order of calls; commas are placed here. */
public final class JsonWriter {
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private final StringBuilder _text = new StringBuilder(256);
    private boolean _needsComma;

    public JsonWriter beginObject() {
        return open('{');
    }

    public JsonWriter endObject() {
        return close('}');
    }

    public JsonWriter beginArray() {
        return open('[');
    }

    public JsonWriter endArray() {
        return close(']');
    }

    public JsonWriter name(String name) {
        comma();
        quote(name);
        _text.append(':');
        _needsComma = false;
        return this;
    }

    public JsonWriter string(String value) {
        comma();
        quote(value);
        _needsComma = true;
        return this;
    }

    /** Text that is JSON already: a number, true, false, null. */
    public JsonWriter raw(String json) {
        comma();
        _text.append(json);
        _needsComma = true;
        return this;
    }

    public byte[] toBytes() {
        return _text.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return _text.toString();
    }

    private JsonWriter open(char bracket) {
        comma();
        _text.append(bracket);
        _needsComma = false;
        return this;
    }

    private JsonWriter close(char bracket) {
        _text.append(bracket);
        _needsComma = true;
        return this;
    }

    private void comma() {
        if (_needsComma) _text.append(',');
    }

    private void quote(String value) {
        StringBuilder text = _text;
        text.append('"');
        int from = 0;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean isLoneSurrogate = Character.isSurrogate(c) && !isPaired(value, i);
            if (c >= 0x20 && c != '"' && c != '\\' && !isLoneSurrogate) continue;
            text.append(value, from, i);
            from = i + 1;
            switch (c) {
                case '"': text.append("\\\""); break;
                case '\\': text.append("\\\\"); break;
                case '\n': text.append("\\n"); break;
                case '\r': text.append("\\r"); break;
                case '\t': text.append("\\t"); break;
                default:
                    text.append("\\u").append(HEX[c >> 12]).append(HEX[c >> 8 & 15]).append(HEX[c >> 4 & 15]).append(HEX[c & 15]);
                    break;
            }
        }
        text.append(value, from, value.length()).append('"');
    }

    private static boolean isPaired(String value, int i) {
        if (Character.isHighSurrogate(value.charAt(i))) return i + 1 < value.length() && Character.isLowSurrogate(value.charAt(i + 1));
        return i > 0 && Character.isHighSurrogate(value.charAt(i - 1));
    }
}

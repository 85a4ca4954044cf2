package pilotlight.json;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.List;
import java.util.TimeZone;

/** Dates and times: read from ISO-8601 strings, epoch numbers and arrays; written as Jackson's defaults do, which AWS keeps. */
final class Times {
    private Times() {
    }

    static boolean reads(Class<?> raw) {
        return raw == Date.class || raw == Calendar.class || raw == GregorianCalendar.class
            || raw.getName().startsWith("java.time.") && !raw.isInterface() && !raw.isEnum();
    }

    static boolean readsArrays(Class<?> raw) {
        return raw == LocalDate.class || raw == LocalTime.class || raw == LocalDateTime.class || raw == YearMonth.class;
    }

    static Object ofText(String text, Class<?> raw) {
        if (raw == Date.class) return Date.from(instant(text));
        if (raw == Calendar.class || raw == GregorianCalendar.class) return calendar(instant(text));
        if (raw == Instant.class) return instant(text);
        if (raw == OffsetDateTime.class) return OffsetDateTime.parse(text).withOffsetSameInstant(ZoneOffset.UTC);
        if (raw == ZonedDateTime.class) return ZonedDateTime.parse(text).withZoneSameInstant(ZoneId.of("UTC"));
        if (raw == LocalDate.class) return text.indexOf('T') > 0 ? LocalDateTime.parse(withoutZone(text)).toLocalDate() : LocalDate.parse(text);
        if (raw == LocalDateTime.class) return LocalDateTime.parse(withoutZone(text));
        if (raw == ZoneId.class) return ZoneId.of(text);
        if (raw == ZoneOffset.class) return ZoneOffset.of(text);
        return Scalars.FromText.of(raw).make(text);
    }

    static Object ofNumber(BigDecimal number, Class<?> raw) {
        if (raw == Date.class) return new Date(number.longValue());
        if (raw == Calendar.class || raw == GregorianCalendar.class) return calendar(Instant.ofEpochMilli(number.longValue()));
        if (raw == Year.class) return Year.of(number.intValueExact());
        if (raw == LocalDate.class) return LocalDate.ofEpochDay(number.longValueExact());
        if (number.abs().compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) throw new DateTimeException("out of range");
        long seconds = number.longValue();
        long nanos = number.subtract(BigDecimal.valueOf(seconds)).movePointRight(9).longValue();
        if (raw == Duration.class) return Duration.ofSeconds(seconds, nanos);
        Instant instant = Instant.ofEpochSecond(seconds, nanos);
        if (raw == Instant.class) return instant;
        if (raw == OffsetDateTime.class) return instant.atOffset(ZoneOffset.UTC);
        if (raw == ZonedDateTime.class) return instant.atZone(ZoneId.of("UTC"));
        throw new DateTimeException("a number is no " + raw.getName());
    }

    static Object ofArray(JsonReader json, Class<?> raw) {
        List<Integer> parts = new ArrayList<Integer>();
        for (boolean more = json.firstElement(); more; more = json.nextElement()) {
            if (json.peek() != JsonReader.Token.NUMBER) throw json.error("expected a number in a date");
            parts.add(json.number().intValue());
        }
        try {
            if (raw == LocalDate.class) return LocalDate.of(parts.get(0), parts.get(1), parts.get(2));
            if (raw == YearMonth.class) return YearMonth.of(parts.get(0), parts.get(1));
            if (raw == LocalTime.class) return time(parts, 0);
            return LocalDateTime.of(LocalDate.of(parts.get(0), parts.get(1), parts.get(2)), time(parts, 3));
        } catch (IndexOutOfBoundsException tooFew) {
            throw json.error("too few numbers for " + raw.getName());
        } catch (DateTimeException impossible) {
            throw new JsonException("Cannot deserialize value of type `" + raw.getName() + "`: " + impossible.getMessage(), impossible);
        }
    }

    private static LocalTime time(List<Integer> parts, int from) {
        int seconds = parts.size() > from + 2 ? parts.get(from + 2) : 0;
        int nanos = parts.size() > from + 3 ? parts.get(from + 3) : 0;
        return LocalTime.of(parts.get(from), parts.get(from + 1), seconds, nanos);
    }

    static boolean writes(Object value) {
        return value instanceof Date || value instanceof Calendar
            || (value instanceof TemporalAccessor || value instanceof TemporalAmount || value instanceof ZoneId)
                && value.getClass().getName().startsWith("java.time.") && !(value instanceof Enum);
    }

    static void write(JsonWriter json, Object value) {
        if (value instanceof Date) json.raw(Long.toString(((Date) value).getTime()));
        else if (value instanceof Calendar) json.raw(Long.toString(((Calendar) value).getTimeInMillis()));
        else if (value instanceof Instant) writeSeconds(json, ((Instant) value).getEpochSecond(), ((Instant) value).getNano());
        else if (value instanceof OffsetDateTime) write(json, ((OffsetDateTime) value).toInstant());
        else if (value instanceof ZonedDateTime) write(json, ((ZonedDateTime) value).toInstant());
        else if (value instanceof Duration) writeSeconds(json, ((Duration) value).getSeconds(), ((Duration) value).getNano());
        else if (value instanceof Year) json.raw(Integer.toString(((Year) value).getValue()));
        else if (value instanceof YearMonth) writeNumbers(json, ((YearMonth) value).getYear(), ((YearMonth) value).getMonthValue());
        else if (value instanceof LocalDate) writeArray(json, (LocalDate) value, null, null);
        else if (value instanceof LocalTime) writeArray(json, null, (LocalTime) value, null);
        else if (value instanceof LocalDateTime) writeArray(json, ((LocalDateTime) value).toLocalDate(), ((LocalDateTime) value).toLocalTime(), null);
        else if (value instanceof OffsetTime) writeArray(json, null, ((OffsetTime) value).toLocalTime(), ((OffsetTime) value).getOffset());
        else json.string(value.toString()); // Period, MonthDay, ZoneId, ZoneOffset
    }

    private static void writeSeconds(JsonWriter json, long seconds, int nanos) {
        json.raw(BigDecimal.valueOf(seconds).add(BigDecimal.valueOf(nanos, 9)).toPlainString());
    }

    private static void writeNumbers(JsonWriter json, int first, int second) {
        json.beginArray().raw(Integer.toString(first)).raw(Integer.toString(second)).endArray();
    }

    private static void writeArray(JsonWriter json, LocalDate date, LocalTime time, ZoneOffset offset) {
        json.beginArray();
        if (date != null) {
            json.raw(Integer.toString(date.getYear())).raw(Integer.toString(date.getMonthValue())).raw(Integer.toString(date.getDayOfMonth()));
        }
        if (time != null) {
            json.raw(Integer.toString(time.getHour())).raw(Integer.toString(time.getMinute()));
            if (time.getSecond() > 0 || time.getNano() > 0) json.raw(Integer.toString(time.getSecond()));
            if (time.getNano() > 0) json.raw(Integer.toString(time.getNano()));
        }
        if (offset != null) json.string(offset.getId());
        json.endArray();
    }

    private static Calendar calendar(Instant instant) {
        GregorianCalendar calendar = new GregorianCalendar(TimeZone.getTimeZone("UTC"));
        calendar.setTimeInMillis(instant.toEpochMilli());
        return calendar;
    }

    /** ISO-8601 with "Z", "+01:00" or "+0100", no zone (UTC), or the date alone. */
    private static Instant instant(String text) {
        if (text.indexOf('T') < 0) return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
        String local = withoutZone(text);
        String zone = text.substring(local.length());
        ZoneOffset offset = zone.isEmpty() || zone.equals("Z") ? ZoneOffset.UTC : ZoneOffset.of(zone);
        return LocalDateTime.parse(local).toInstant(offset);
    }

    private static String withoutZone(String text) {
        for (int i = text.indexOf('T') + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 'Z' || c == '+' || c == '-') return text.substring(0, i);
        }
        return text;
    }
}

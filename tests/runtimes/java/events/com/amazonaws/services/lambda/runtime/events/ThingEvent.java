/* Pilotlight: shaped like the classes of aws-lambda-java-events (capitals, dashes, constructors with every value), for these tests. */
package com.amazonaws.services.lambda.runtime.events;

import java.nio.ByteBuffer;
import java.util.Date;
import java.util.List;

public class ThingEvent {
    private List<ThingRecord> records;
    private String detailType;

    public List<ThingRecord> getRecords() {
        return records;
    }

    public void setRecords(List<ThingRecord> records) {
        this.records = records;
    }

    public String getDetailType() {
        return detailType;
    }

    public void setDetailType(String detailType) {
        this.detailType = detailType;
    }

    public static class ThingRecord {
        private final String eventSourceArn;
        private final Date arrived;
        private final ByteBuffer data;

        public ThingRecord(String eventSourceArn, Date arrived, ByteBuffer data) {
            this.eventSourceArn = eventSourceArn;
            this.arrived = arrived;
            this.data = data;
        }

        public String getEventSourceArn() {
            return eventSourceArn;
        }

        public Date getArrived() {
            return arrived;
        }

        public ByteBuffer getData() {
            return data;
        }
    }
}
